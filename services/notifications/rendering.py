"""A notification in words: title and body for the application, a whole mail for the post.

Pure: the same facts, reader and platform always make the same words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from contracts.booking import BookingState, BookingStatus, SessionState, SessionStatus
from contracts.notifications import NotificationKind
from services.notifications import moments
from services.notifications.calendars import KnownBooking, booking_entry, title_for_side
from services.notifications.domain import (
    Credits,
    Due,
    Facts,
    Letter,
    Missed,
    Note,
    Reader,
    Side,
    Silenced,
    Unread,
)
from services.notifications.invitation import Invitation, Meeting, invite
from services.notifications.wording import Language, fill, language, mail_body

TITLE_LENGTH = 200
TEXT_LENGTH = 1600  # which providers split into as many messages as they need

_PRICED = frozenset({NotificationKind.BOOKING_REQUESTED, NotificationKind.BOOKING_CONFIRMED})
_ABSENT = {BookingStatus.NO_SHOW_STUDENT: Side.STUDENT, BookingStatus.NO_SHOW_TUTOR: Side.TUTOR}


@dataclass(frozen=True)
class Platform:
    """Who sends, and where the platform is."""

    mail_from: str
    public_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or "localhost"


@dataclass(frozen=True)
class Words:
    title: str
    body: str


class Row(NamedTuple):
    """A line of the table in a mail."""

    label: str
    value: str
    link: str | None = None


@dataclass(frozen=True)
class Mail:
    """All that a mail consists of."""

    message_id: str
    reader: Reader
    subject: str
    text: str
    html: str
    invitation: Invitation | None = None


@dataclass(frozen=True)
class Text:
    """What is sent to a telephone."""

    phone: str
    words: str


def in_words(note: Note, reader: Reader, counterpart: str) -> Words:
    """What the reader sees in the application."""
    tongue = language(reader.locale)
    wording = tongue.wordings[note.kind, note.side]
    values = {"other": counterpart, **_values(note.facts, reader, tongue)}
    return Words(fill(wording.title, values)[:TITLE_LENGTH], fill(wording.body, values))


def as_mail(letter: Letter, platform: Platform) -> Mail:
    """What the reader finds in the post."""
    note, reader = letter.notification.note, letter.reader
    tongue = language(reader.locale)
    words = in_words(note, reader, letter.counterpart)
    values = {
        "locale": reader.locale,
        "title": words.title,
        "body": words.body,
        "greeting": tongue.word("greeting", name=reader.name),
        "rows": list(_rows(note, reader, tongue)),
        "footer": tongue.word("footer", platform=platform.public_url),
    }
    return Mail(
        message_id=f"<notification-{letter.notification.id}@{platform.host}>",
        reader=reader,
        subject=words.title,
        text=mail_body("txt", values),
        html=mail_body("html", values),
        invitation=_invitation(letter, tongue, platform),
    )


def as_text(letter: Letter) -> Text:
    """What the reader finds on the telephone."""
    words = in_words(letter.notification.note, letter.reader, letter.counterpart)
    return Text(letter.preferences.phone or "", f"{words.title}\n{words.body}"[:TEXT_LENGTH])


def _values(facts: Facts, reader: Reader, tongue: Language) -> dict[str, Any]:
    """What the texts may use of the facts."""
    return {
        "cancelled_by": facts.cancelled_by,
        "rating": facts.rating,
        **(_of_lesson(facts, facts.lesson, reader, tongue) if facts.lesson else {}),
        **(_of_session(facts, facts.session, reader, tongue) if facts.session else {}),
        **(_of_credits(facts.credits, reader, tongue) if facts.credits else {}),
        **(_of_missed(facts.missed, reader, tongue) if facts.missed else {}),
        **(_of_unread(facts.unread, tongue) if facts.unread else {}),
        **(_of_silenced(facts.silenced) if facts.silenced else {}),
        **(_of_due(facts.due, reader, tongue) if facts.due else {}),
    }


def _of_lesson(facts: Facts, lesson: BookingState, reader: Reader, tongue: Language) -> dict[str, Any]:
    zone, formats = reader.timezone, tongue.formats
    return {
        "when": moments.period(lesson.start_at, lesson.end_at, zone, formats),
        "start": moments.short_moment(lesson.start_at, zone, formats),
        "before": _before(facts, reader, tongue),
        "refund": _refund(facts, lesson, tongue),
        "credit_returned": facts.credit_returned,
        "pending": lesson.status is BookingStatus.PENDING,
        "absent": _ABSENT.get(lesson.status),
    }


def _of_session(facts: Facts, session: SessionState, reader: Reader, tongue: Language) -> dict[str, Any]:
    zone, formats = reader.timezone, tongue.formats
    return {
        "course": session.course_title,
        "when": moments.period(session.start_at, session.end_at, zone, formats),
        "start": moments.short_moment(session.start_at, zone, formats),
        "until": moments.moment(facts.held_until, zone, formats) if facts.held_until else "",
        "was_offered": facts.was_offered,
        "cancelled": session.status is SessionStatus.CANCELLED,
    }


def _of_credits(bought: Credits, reader: Reader, tongue: Language) -> dict[str, Any]:
    return {
        "package": bought.package,
        "credits": bought.count,
        "refunded": bought.refunded,
        "expires": moments.moment(bought.expires_at, reader.timezone, tongue.formats),
    }


def _of_unread(unread: Unread, tongue: Language) -> dict[str, Any]:
    return {
        "calendar": unread.calendar,
        "was_read": unread.was_read,
        "because": tongue.reason("unread", unread.reason),
    }


def _of_silenced(silenced: Silenced) -> dict[str, Any]:
    return {"webhook": silenced.webhook_id, "host": silenced.host, "gone": silenced.gone}


def _of_due(due: Due, reader: Reader, tongue: Language) -> dict[str, Any]:
    return {
        "amount": moments.money(due.amount, due.currency, tongue.formats),
        "pay_by": moments.moment(due.pay_by, reader.timezone, tongue.formats),
        "package": due.package,
    }


def _of_missed(missed: Missed, reader: Reader, tongue: Language) -> dict[str, Any]:
    return {
        "when": moments.period(missed.start_at, missed.end_at, reader.timezone, tongue.formats),
        "start": moments.short_moment(missed.start_at, reader.timezone, tongue.formats),
        "because": tongue.reason("because", missed.reason),
    }


def _rows(note: Note, reader: Reader, tongue: Language) -> Iterator[Row]:
    if note.facts.lesson:
        yield from _rows_of_lesson(note, note.facts.lesson, reader, tongue)
    if note.facts.session:
        values = _of_session(note.facts, note.facts.session, reader, tongue)
        yield Row(tongue.word("when"), values["when"])
        yield Row(tongue.word("course"), values["course"])
    if note.facts.missed:
        yield Row(tongue.word("when"), _of_missed(note.facts.missed, reader, tongue)["when"])
    if note.facts.credits:
        yield Row(tongue.word("package"), note.facts.credits.package)
    if note.facts.due:
        yield Row(tongue.word("price"), _of_due(note.facts.due, reader, tongue)["amount"])


def _rows_of_lesson(note: Note, lesson: BookingState, reader: Reader, tongue: Language) -> Iterator[Row]:
    values = _of_lesson(note.facts, lesson, reader, tongue)
    yield Row(tongue.word("when"), values["when"])
    if values["before"]:
        yield Row(tongue.word("before"), values["before"])
    if lesson.subject_name:
        yield Row(tongue.word("subject"), lesson.subject_name)
    yield Row(tongue.word("lesson_type"), tongue.word(lesson.lesson_type))
    if lesson.join_url and lesson.status is BookingStatus.CONFIRMED:
        yield Row(tongue.word("join"), lesson.join_url, lesson.join_url)
    if note.side is Side.STUDENT and note.kind in _PRICED and lesson.package_id is None:
        yield Row(tongue.word("price"), moments.money(lesson.total_amount, lesson.currency, tongue.formats))
    if note.side is Side.STUDENT and values["refund"]:
        yield Row(tongue.word("refund"), values["refund"])


def _before(facts: Facts, reader: Reader, tongue: Language) -> str:
    if facts.previous_start_at is None:
        return ""
    return moments.moment(facts.previous_start_at, reader.timezone, tongue.formats)


def _refund(facts: Facts, lesson: BookingState, tongue: Language) -> str:
    return moments.money(facts.refund_amount, lesson.currency, tongue.formats) if facts.refund_amount else ""


def _invitation(letter: Letter, tongue: Language, platform: Platform) -> Invitation | None:
    """None for the seats of a session as well, where its tutor is told: that is one entry, in the feed."""
    notification, lesson = letter.notification, letter.notification.note.facts.lesson
    if lesson is None or (lesson.session_id and notification.note.side is Side.TUTOR):
        return None
    known = KnownBooking(lesson, notification.created_at)
    entry = booking_entry(known, title_for_side(lesson, letter.counterpart, tongue))
    return invite(notification.note.kind, Meeting(entry, platform.mail_from, letter.reader, platform.host))
