"""Telling somebody something: a note that is news is taken down, told to the live stream and queued
by every channel that its reader wants, all in one transaction. What is not true any more is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chassis.service import Service
from chassis.settings import Settings
from chassis.unit import Unit
from contracts.notifications import NotificationCreated, PreferencesView
from services.notifications.domain import Channel, Note, Notification, Reader
from services.notifications.preferences import channels_of, chosen
from services.notifications.rendering import Words, in_words
from services.notifications.service.live import news, stream
from services.notifications.store import Accounts, Deliveries, Notifications, Preferences


class Telling(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._offered = frozenset(Channel if settings.sms_url else {Channel.EMAIL})

    def notify(self, notes: Iterable[Note], unit: Unit) -> None:
        """Tell people all that is news to them. Once in a unit, for the sake of their streams."""
        notes = list(notes)
        people = _people(notes, unit)
        wanted = Preferences(unit.connection).of(people)
        found = []
        for note in _to_the_living(notes, people):
            if notification := self._taken_down(note, wanted[note.account_id], unit):
                created = _created(notification, _words(note, people))
                unit.tell(created)
                found.append(news(created.account_id, created))
        stream(found, unit)

    def take_back(self, notes: Iterable[Note], unit: Unit) -> None:
        """Have nobody told of these occasions from now on, whether they were told of before or come later."""
        shelf, letters = Notifications(unit.connection), Deliveries(unit.connection)
        notes = list(notes)
        for note in _to_the_living(notes, _people(notes, unit)):
            shelf.add(note, in_app=False, happened_at=unit.happened_at)
            letters.withdraw_all(note)

    def _taken_down(self, note: Note, wanted: PreferencesView, unit: Unit) -> Notification | None:
        """Queued as its reader wants it; None where it is no news or not wanted in the application."""
        in_app = chosen(wanted, note.kind).in_app
        notification = Notifications(unit.connection).add(note, in_app, unit.happened_at)
        if notification is None:
            return None
        for channel in self._offered.intersection(channels_of(wanted, note.kind)):
            Deliveries(unit.connection).queue(notification.id, channel, unit.now)
        return notification if in_app else None


def words_for_readers(notifications: list[Notification], unit: Unit) -> list[Words]:
    """Each in the language and the zone that its reader has now."""
    notes = [notification.note for notification in notifications]
    people = _people(notes, unit)
    return [_words(note, people) for note in notes]


def _people(notes: Sequence[Note], unit: Unit) -> dict[int, Reader]:
    """Who reads them, and of whom."""
    everybody = {person for note in notes for person in (note.account_id, note.counterpart_id)}
    return Accounts(unit.connection).readers(everybody)


def _to_the_living(notes: Sequence[Note], people: Mapping[int, Reader]) -> list[Note]:
    """Those of them whose readers were not erased."""
    return [note for note in notes if not people[note.account_id].is_nobody]


def _words(note: Note, people: Mapping[int, Reader]) -> Words:
    return in_words(note, people[note.account_id], people[note.counterpart_id].name)


def _created(notification: Notification, words: Words) -> NotificationCreated:
    return NotificationCreated(
        notification_id=notification.id,
        account_id=notification.note.account_id,
        kind=notification.note.kind,
        title=words.title,
        created_at=notification.created_at,
        booking_id=notification.note.facts.booking_id,
    )
