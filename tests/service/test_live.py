"""The live streams as gateways read them: one's own, in order, for a week, and nothing left out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, create_engine

from chassis.connections import driver_url
from chassis.context import ANONYMOUS, Actor
from chassis.hints import Hints
from contracts.booking import BookingConfirmed, BookingHeld, BookingStatus, ReliabilityChanged
from contracts.errors import Unauthenticated
from contracts.notifications import ListLiveEvents, LiveEvent, LiveEventsCreated
from services.notifications.store import LiveStreams, News
from tests.builders import a_booking_state, a_tutor_change
from tests.service.correspondents import numbers
from tests.subject import Subject, TestClock
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def engine(notifications: Subject) -> Iterator[Engine]:
    """The service's own way into its database."""
    made = create_engine(driver_url(notifications.stack.servers.database_url("notifications")))
    yield made
    made.dispose()


@contextmanager
def hints(notifications: Subject) -> Iterator[list[LiveEventsCreated]]:
    """What a gateway hears meanwhile."""
    heard: list[LiveEventsCreated] = []
    listens = threading.Event()
    url = notifications.stack.servers.broker_url("gateway")
    listening = Hints(url, "gateway.trial", LiveEventsCreated, heard.append, listens.set)
    listening.start()
    try:
        assert listens.wait(10)
        yield heard
    finally:
        listening.stop()


def events(notifications: Subject, by: Actor, after: int = 0) -> list[LiveEvent]:
    return notifications.ask(ListLiveEvents(after), by=by).items


def test_both_sides_are_told_of_a_step_and_of_their_notification(
    notifications: Subject, student: Actor, tutor: Actor
) -> None:
    booking = a_booking_state(id=next(numbers), student_id=student.id, tutor_account_id=tutor.id)
    with hints(notifications) as heard:
        notifications.hear(BookingConfirmed(booking=booking))
        eventually(lambda: len(heard) == 2)
    for person in (student, tutor):
        told = {each.type: json.loads(each.data) for each in events(notifications, person)}
        assert told.keys() == {"booking_confirmed", "notification_created"}
        assert told["booking_confirmed"]["booking"]["id"] == booking.id
        assert told["notification_created"]["account_id"] == person.id
    assert [hint.account_ids for hint in heard] == [sorted([student.id, tutor.id])] * 2
    assert max(hint.newest for hint in heard) == events(notifications, tutor)[-1].id


def test_a_hold_is_the_students_own_business(notifications: Subject, student: Actor, tutor: Actor) -> None:
    booking = a_booking_state(
        id=next(numbers), student_id=student.id, tutor_account_id=tutor.id, status=BookingStatus.HELD
    )
    notifications.hear(BookingHeld(booking=booking))
    assert [each.type for each in events(notifications, student)] == ["booking_held"]
    assert events(notifications, tutor) == []


def test_a_tutor_is_told_what_names_the_profile_alone(
    notifications: Subject, student: Actor, tutor: Actor
) -> None:
    whose = {"account_id": tutor.id, "tutor_profile_id": tutor.profile_id}
    notifications.hear(a_tutor_change(**whose))
    notifications.hear(ReliabilityChanged(tutor.profile_id, 0.9, 2))
    notifications.hear(ReliabilityChanged(tutor.profile_id + 1, 0.8, 2))
    told = {each.type: json.loads(each.data) for each in events(notifications, tutor)}
    assert told.keys() == {"tutor_changed", "reliability_changed"}
    assert told["reliability_changed"]["reliability"] == 0.9
    assert events(notifications, student) == []


def test_a_stream_is_read_on_from_any_place(notifications: Subject, engine: Engine, student: Actor) -> None:
    with engine.begin() as connection:
        news = [News(student.id, "told", f'{{"n":{number}}}') for number in range(250)]
        LiveStreams(connection).add(news, notifications.clock.now())
    read: list[LiveEvent] = []
    while page := events(notifications, student, read[-1].id if read else 0):
        read += page
    assert [json.loads(each.data)["n"] for each in read] == list(range(250))
    assert notifications.ask(ListLiveEvents(), by=student).newest == read[-1].id
    assert events(notifications, student, read[-1].id) == []


def test_who_begins_now_gets_nothing_of_before(
    notifications: Subject, engine: Engine, student: Actor
) -> None:
    with engine.begin() as connection:
        newest = LiveStreams(connection).add([News(student.id, "told", "{}")], notifications.clock.now())
    page = notifications.ask(ListLiveEvents(), by=student)
    assert (page.items, page.newest) == ([], newest)


def test_nobody_reads_without_an_account(notifications: Subject) -> None:
    with pytest.raises(Unauthenticated):
        notifications.ask(ListLiveEvents(), by=ANONYMOUS)


def test_a_later_id_is_never_seen_before_an_earlier_one(
    notifications: Subject, engine: Engine, student: Actor
) -> None:
    """A reader who has seen the later would never ask for the earlier again."""
    first, now = engine.connect(), notifications.clock.now()
    first.begin()
    earlier = LiveStreams(first).add([News(student.id, "earlier", "{}")], now)
    later: list[int] = []

    def write() -> None:
        with engine.begin() as second:
            later.append(LiveStreams(second).add([News(student.id, "later", "{}")], now))

    writing = threading.Thread(target=write)
    writing.start()
    writing.join(0.3)
    assert events(notifications, student) == []
    first.commit()
    first.close()
    writing.join(5)
    assert [each.id for each in events(notifications, student)] == [earlier, *later]
    assert later[0] > earlier


def test_two_writers_for_the_same_people_do_not_block_each_other_for_ever(
    notifications: Subject, engine: Engine
) -> None:
    people, now = [next(numbers) for _ in range(6)], notifications.clock.now()

    def write(order: list[int]) -> None:
        for _ in range(20):
            with engine.begin() as connection:
                LiveStreams(connection).add([News(each, "told", "{}") for each in order], now)

    writers = [threading.Thread(target=write, args=(order,)) for order in (people, people[::-1])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)
    for person in people:
        assert len(events(notifications, Actor(person, "student"))) == 40


def test_a_week_is_kept(notifications: Subject, engine: Engine, student: Actor, clock: TestClock) -> None:
    with engine.begin() as connection:
        LiveStreams(connection).add([News(student.id, "told", "{}")], clock.now())
    clock.advance(days=6, hours=23)
    assert len(events(notifications, student)) == 1
    clock.advance(hours=2)
    eventually(lambda: events(notifications, student) == [])
