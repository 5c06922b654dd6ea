"""What both sides of a lesson read: in the application, by e-mail, in their language, zone and calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from tests.end_to_end.people import Person, Student, Tutor, a_student, a_tutor, done, refused
from tests.end_to_end.world import World
from tests.waiting import eventually

HOUR = timedelta(hours=1)
BERLIN, HALIFAX = "Europe/Berlin", "America/Halifax"


def mails(person: Person, count: int) -> list[EmailMessage]:
    """Everything that the person was sent, once that many have come."""
    eventually(lambda: len(person.world.mails_to(person.email)) >= count, within=15)
    return person.world.mails_to(person.email)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def invitations(person: Person, count: int) -> list[tuple[str, Event]]:
    """The calendar entries that came with the person's mails: method and event."""
    attached = [part for mail in mails(person, count) for part in mail.iter_attachments()]
    calendars = [Calendar.from_ical(part.get_content()) for part in attached]
    return [(str(calendar["METHOD"]), calendar.events[0]) for calendar in calendars]


def subjects(person: Person, count: int) -> list[str]:
    return [mail["Subject"] for mail in mails(person, count)]


def two(world: World) -> tuple[Tutor, Student]:
    """A German in Berlin teaches, a Canadian in Halifax learns."""
    tutor = a_tutor(world, zone=BERLIN, person={"locale": "de", "name": "Jürgen Müller"}, min_notice_hours=1)
    return tutor, a_student(world, timezone=HALIFAX, locale="en", name="Zoë O'Hara")


def test_both_sides_read_of_a_lesson_in_their_own_language_and_zone(world: World) -> None:
    tutor, student = two(world)
    start = tutor.starts(first=3)[0]
    student.book_confirmed(tutor, start)
    assert student.kinds() == tutor.kinds() == ["booking_requested", "booking_confirmed"]
    requested, confirmed = mails(student, 2)
    assert confirmed["Subject"] == "Your lesson with Jürgen Müller is confirmed"
    there = start.astimezone(ZoneInfo(HALIFAX))
    assert f"{there.day} {there:%B %Y, %H:%M}" in text_of(confirmed)
    assert f"({HALIFAX}, {there.tzname()})" in text_of(confirmed)
    _, bestätigt = mails(tutor, 2)
    hier = start.astimezone(ZoneInfo(BERLIN))
    assert f"{hier:%H:%M}" in text_of(bestätigt)
    assert f"({BERLIN}, {hier.tzname()})" in text_of(bestätigt)
    assert "Guten Tag, Jürgen Müller" in text_of(bestätigt)
    assert "Zoë O'Hara" in text_of(bestätigt)
    html = confirmed.get_body(("html",))
    assert html is not None
    assert "Jürgen Müller" in html.get_content()
    assert student.email not in str(bestätigt["To"]) + text_of(bestätigt)
    assert requested["Message-ID"] != confirmed["Message-ID"]


def test_the_calendar_entry_keeps_its_uid_and_counts_its_changes(world: World) -> None:
    tutor, student = two(world)
    first, *_, last = tutor.starts(first=3)
    booking = student.book_confirmed(tutor, first)
    done(student.move(booking, last))
    student.cancel(booking, "I am ill.")
    for person in (student, tutor):
        sent = invitations(person, 4)
        assert [method for method, _ in sent] == ["REQUEST", "REQUEST", "CANCEL"]
        assert len({str(event["UID"]) for _, event in sent}) == 1
        numbers = [int(event["SEQUENCE"]) for _, event in sent]
        assert numbers == sorted(set(numbers))
        assert [event.start for _, event in sent] == [first, last, last]
        assert [event.end - event.start for _, event in sent] == 3 * [HOUR]
        assert str(sent[-1][1]["STATUS"]) == "CANCELLED"
        attendee = sent[0][1]["ATTENDEE"]
        assert str(attendee) == f"mailto:{person.email}"


def test_a_lesson_is_brought_to_mind_a_day_and_an_hour_ahead(world: World) -> None:
    tutor, student = two(world)
    start = tutor.starts(first=3)[0]
    student.book_confirmed(tutor, start)
    before = ["booking_requested", "booking_confirmed"]
    world.wait_until(start - 25 * HOUR)
    assert student.kinds() == before
    for number, hours in enumerate((24, 1), start=1):
        world.wait_until(start - hours * HOUR)
        for person in (student, tutor):
            expected = [*before, *["lesson_reminder"] * number]
            eventually(lambda: person.kinds() == expected, within=10)  # noqa: B023
    assert subjects(student, 4)[-1].startswith("Reminder: lesson with Jürgen Müller")
    assert list(mails(student, 4)[-1].iter_attachments()) == []


def test_a_cancelled_lesson_is_not_brought_to_mind_and_a_moved_one_at_its_new_time(world: World) -> None:
    tutor, cancelling, moving = *two(world), a_student(world)
    first, *_, last = tutor.starts(first=3, last=6)
    gone = cancelling.book_confirmed(tutor, first)
    moved = moving.book_confirmed(tutor, first + HOUR)
    cancelling.cancel(gone)
    done(moving.move(moved, last))
    world.wait_until(first - HOUR)
    world.wait_until(first + HOUR)
    a_rival_is_reminded(world)
    assert "lesson_reminder" not in cancelling.kinds() + moving.kinds()
    world.wait_until(last - 24 * HOUR)
    eventually(lambda: moving.kinds()[-1] == "lesson_reminder", within=10)


def a_rival_is_reminded(world: World) -> None:
    """See that whatever was due has been given by now."""
    tutor, student = two(world)
    start = next(start for start in tutor.starts() if start > world.now() + 2 * HOUR)
    student.book_confirmed(tutor, start)
    world.wait_until(start - HOUR)
    eventually(lambda: "lesson_reminder" in student.kinds(), within=10)


def test_a_review_and_its_reply_are_told_to_the_other_side(world: World) -> None:
    tutor, student = two(world)
    start = tutor.starts()[0]
    booking = student.book_confirmed(tutor, start)
    world.wait_until(start + HOUR)
    tutor.complete(booking)
    world.settle()
    review = done(student.post("/api/reviews", {"booking_id": booking["id"], "rating": 5}), 201)
    assert tutor.kinds()[-1] == "review_published"
    done(tutor.post(f"/api/reviews/{review['id']}/reply", {"reply": "Danke!"}))
    assert student.kinds()[-1] == "review_replied"


def test_what_was_told_is_read_one_by_one_or_all_at_once_by_its_reader_alone(world: World) -> None:
    tutor, student = two(world)
    student.book_confirmed(tutor, tutor.starts()[0])
    world.settle()
    first, second = student.notifications()
    refused(tutor.post(f"/api/notifications/{first['id']}/read"), 403, "denied")
    assert done(student.post(f"/api/notifications/{first['id']}/read"))["read_at"] is not None
    unread = done(student.get("/api/notifications", unread="true"))
    assert ([each["id"] for each in unread["items"]], unread["unread"]) == ([second["id"]], 1)
    done(student.post("/api/notifications/read-all"), 204)
    assert done(student.get("/api/notifications"))["unread"] == 0
    assert done(tutor.get("/api/notifications"))["unread"] == 2


def test_nobody_is_told_of_anything_twice(world: World) -> None:
    tutor, student = two(world)
    start = tutor.starts(first=2)[0]
    student.cancel(student.book_confirmed(tutor, start))
    told = ["booking_requested", "booking_confirmed", "booking_cancelled"]
    assert student.kinds() == tutor.kinds() == told
    world.pass_time(minutes=30)
    assert len(mails(student, 3)) == len(mails(tutor, 3)) == 3


def test_who_changes_language_and_zone_is_told_in_the_new_ones(world: World) -> None:
    tutor, student = two(world)
    done(student.patch("/api/me", {"locale": "de", "timezone": "Asia/Kathmandu"}))
    world.settle()
    start = tutor.starts()[0]
    student.book(tutor, start)
    [mail] = mails(student, 1)
    assert f"{datetime.astimezone(start, ZoneInfo('Asia/Kathmandu')):%H:%M}" in text_of(mail)
    assert "Guten Tag" in text_of(mail)
