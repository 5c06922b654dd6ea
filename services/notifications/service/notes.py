"""Telling people, in the application and beyond it.

Whatever is heard becomes notes; a note that is news is taken down, told to the live stream and
queued by every channel that its reader wants, all in the transaction of the event.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from chassis.service import Service, answers, consumes, every
from chassis.settings import Settings
from chassis.unit import Unit
from contracts.booking import (
    BOOKING_STEPS,
    BookingEvent,
    CreditsChanged,
    OccurrenceSkipped,
    PackageEvent,
    PackageExpiring,
    SeriesChanged,
    WaitlistEvent,
    WaitlistExpired,
    WaitlistOffered,
)
from contracts.catalog import AccountChanged, DoneView, TutorChanged
from contracts.notifications import (
    ListNotifications,
    NotificationCreated,
    NotificationPage,
    NotificationView,
    ReadAllNotifications,
    ReadNotification,
)
from contracts.reviews import ReviewPublished, ReviewReplied
from contracts.scheduling import CalendarWentStale
from services.notifications.audience import (
    notes_of,
    notes_of_calendar,
    notes_of_occurrence,
    notes_of_package,
    notes_of_review,
    notes_of_series,
    notes_of_waitlist,
)
from services.notifications.domain import Channel, Note, Notification
from services.notifications.preferences import channels_of, chosen
from services.notifications.reminders import notes_of_reminder, reminders_of
from services.notifications.rendering import Words, in_words
from services.notifications.service.live import news, stream
from services.notifications.store import (
    Accounts,
    Deliveries,
    Lessons,
    Notifications,
    Preferences,
    Reminders,
    Tutors,
)


class Notes(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._offered = frozenset(Channel if settings.sms_url else {Channel.EMAIL})

    @answers(ListNotifications)
    def list_own(self, request: ListNotifications, unit: Unit) -> NotificationPage:
        shelf = Notifications(unit.connection)
        found, total = shelf.page(unit.actor.id, request.unread, request.page, request.page_size)
        items = _views(found, unit)
        return NotificationPage(
            items, total, request.page, request.page_size, shelf.count_unread(unit.actor.id)
        )

    @answers(ReadNotification)
    def read(self, request: ReadNotification, unit: Unit) -> NotificationView:
        notification = Notifications(unit.connection).read(request.notification_id, unit.actor.id, unit.now)
        return _views([notification], unit)[0]

    @answers(ReadAllNotifications)
    def read_all(self, request: ReadAllNotifications, unit: Unit) -> DoneView:  # noqa: ARG002
        Notifications(unit.connection).read_all(unit.actor.id, unit.now)
        return DoneView()

    @consumes(AccountChanged)
    def learn_account(self, event: AccountChanged, unit: Unit) -> None:
        Accounts(unit.connection).learn(event)

    @consumes(TutorChanged)
    def learn_tutor(self, event: TutorChanged, unit: Unit) -> None:
        Tutors(unit.connection).learn(event)

    @consumes(*BOOKING_STEPS)
    def hear_of_booking(self, event: BookingEvent, unit: Unit) -> None:
        if Lessons(unit.connection).learn(event, unit.now):
            Reminders(unit.connection).set(reminders_of(event.booking, unit.now))
        self._notify(notes_of(event), unit)

    @consumes(ReviewPublished, ReviewReplied)
    def hear_of_review(self, event: ReviewPublished | ReviewReplied, unit: Unit) -> None:
        self._notify(notes_of_review(event), unit)

    @consumes(CreditsChanged, PackageExpiring)
    def hear_of_package(self, event: PackageEvent, unit: Unit) -> None:
        self._notify(notes_of_package(event), unit)

    @consumes(WaitlistOffered, WaitlistExpired)
    def hear_of_waitlist(self, event: WaitlistEvent, unit: Unit) -> None:
        self._notify(notes_of_waitlist(event), unit)

    @consumes(OccurrenceSkipped)
    def hear_of_occurrence(self, event: OccurrenceSkipped, unit: Unit) -> None:
        self._notify(notes_of_occurrence(event), unit)

    @consumes(SeriesChanged)
    def hear_of_series(self, event: SeriesChanged, unit: Unit) -> None:
        self._notify(notes_of_series(event), unit)

    @consumes(CalendarWentStale)
    def hear_of_calendar(self, event: CalendarWentStale, unit: Unit) -> None:
        self._notify(notes_of_calendar(event), unit)

    @every(seconds=10)
    def remind(self, unit: Unit) -> None:
        due = Reminders(unit.connection).take_due(unit.now)
        self._notify(chain.from_iterable(notes_of_reminder(*each, unit.now) for each in due), unit)

    def _notify(self, notes: Iterable[Note], unit: Unit) -> None:
        """Tell people all that is news to them. Once in a unit, for the sake of their streams."""
        found = []
        for note in notes:
            if notification := self._taken_down(note, unit):
                created = _created(notification, _words([notification], unit)[0])
                unit.tell(created)
                found.append(news(created.account_id, created))
        stream(found, unit)

    def _taken_down(self, note: Note, unit: Unit) -> Notification | None:
        """Queued as its reader wants it; None where it is no news or not wanted in the application."""
        wanted = Preferences(unit.connection).of(note.account_id)
        in_app = chosen(wanted, note.kind).in_app
        notification = Notifications(unit.connection).add(note, in_app, unit.happened_at)
        if notification is None:
            return None
        for channel in self._offered.intersection(channels_of(wanted, note.kind)):
            Deliveries(unit.connection).queue(notification.id, channel, unit.now)
        return notification if in_app else None


def _created(notification: Notification, words: Words) -> NotificationCreated:
    return NotificationCreated(
        notification_id=notification.id,
        account_id=notification.note.account_id,
        kind=notification.note.kind,
        title=words.title,
        created_at=notification.created_at,
        booking_id=notification.note.facts.booking_id,
    )


def _views(notifications: list[Notification], unit: Unit) -> list[NotificationView]:
    return [
        NotificationView(
            id=notification.id,
            kind=notification.note.kind,
            title=words.title,
            body=words.body,
            created_at=notification.created_at,
            booking_id=notification.note.facts.booking_id,
            read_at=notification.read_at,
        )
        for notification, words in zip(notifications, _words(notifications, unit), strict=True)
    ]


def _words(notifications: list[Notification], unit: Unit) -> list[Words]:
    """Each in the language and the zone that its reader has now."""
    notes = [notification.note for notification in notifications]
    everybody = {person for note in notes for person in (note.account_id, note.counterpart_id)}
    people = Accounts(unit.connection).readers(everybody)
    return [in_words(note, people[note.account_id], people[note.counterpart_id].name) for note in notes]
