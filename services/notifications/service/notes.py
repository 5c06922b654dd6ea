"""What people read in the application, and what of all that is heard they are told."""

from __future__ import annotations

from itertools import chain

from chassis.service import answers, consumes, every
from chassis.unit import Unit
from contracts.booking import (
    BOOKING_STEPS,
    SESSION_EVENTS,
    BookingEvent,
    CreditsChanged,
    OccurrenceSkipped,
    PackageEvent,
    PackageExpiring,
    PaymentDue,
    PaymentSettled,
    SeriesChanged,
    SessionEvent,
    WaitlistEvent,
    WaitlistExpired,
    WaitlistOffered,
)
from contracts.catalog import AccountChanged, DoneView, TutorChanged
from contracts.notifications import (
    ListNotifications,
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
    notes_of_payment,
    notes_of_review,
    notes_of_series,
    notes_of_session,
    notes_of_settled,
    notes_of_waitlist,
)
from services.notifications.domain import Notification
from services.notifications.reminders import notes_of_reminder, reminders_of
from services.notifications.service.telling import Telling, words_for_readers
from services.notifications.store import (
    Accounts,
    Lessons,
    Notifications,
    Reminders,
    Sessions,
    Tutors,
)


class Notes(Telling):
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
        if Lessons(unit.connection).learn(event, unit.happened_at):
            Reminders(unit.connection).set(reminders_of(event.booking, unit.now))
        self.notify(notes_of(event), unit)

    @consumes(ReviewPublished, ReviewReplied)
    def hear_of_review(self, event: ReviewPublished | ReviewReplied, unit: Unit) -> None:
        self.notify(notes_of_review(event), unit)

    @consumes(CreditsChanged, PackageExpiring)
    def hear_of_package(self, event: PackageEvent, unit: Unit) -> None:
        self.notify(notes_of_package(event), unit)

    @consumes(PaymentDue, PaymentSettled)
    def hear_of_payment(self, event: PaymentDue | PaymentSettled, unit: Unit) -> None:
        if isinstance(event, PaymentDue):
            self.notify(notes_of_payment(event), unit)
        else:
            self.take_back(notes_of_settled(event), unit)

    @consumes(WaitlistOffered, WaitlistExpired)
    def hear_of_waitlist(self, event: WaitlistEvent, unit: Unit) -> None:
        self.notify(notes_of_waitlist(event), unit)

    @consumes(*SESSION_EVENTS)
    def hear_of_session(self, event: SessionEvent, unit: Unit) -> None:
        Sessions(unit.connection).learn(event.session, unit.happened_at)
        self.notify(notes_of_session(event), unit)

    @consumes(OccurrenceSkipped)
    def hear_of_occurrence(self, event: OccurrenceSkipped, unit: Unit) -> None:
        self.notify(notes_of_occurrence(event), unit)

    @consumes(SeriesChanged)
    def hear_of_series(self, event: SeriesChanged, unit: Unit) -> None:
        self.notify(notes_of_series(event), unit)

    @consumes(CalendarWentStale)
    def hear_of_calendar(self, event: CalendarWentStale, unit: Unit) -> None:
        self.notify(notes_of_calendar(event), unit)

    @every(seconds=10)
    def remind(self, unit: Unit) -> None:
        due = Reminders(unit.connection).take_due(unit.now)
        self.notify(chain.from_iterable(notes_of_reminder(*each, unit.now) for each in due), unit)


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
        for notification, words in zip(notifications, words_for_readers(notifications, unit), strict=True)
    ]
