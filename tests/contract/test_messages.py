"""The contracts are whole: everything is answered once, owned once, told by its owner, and stays readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, make_dataclass

import pytest
from marshmallow import ValidationError

from chassis.operations import Operations
from chassis.service import Answers, Consumes, doors_of, service_class
from contracts.message import ANYONE, Command, Event, load, owner_of, reply_of, schema_of, topic_of
from deploy.names import SERVICES
from tests.contract import schemas

DOORS = [(service, name, door) for service in SERVICES for name, door in doors_of(service_class(service))]
OPERATORS = [door for _, door in doors_of(Operations)]

# Told to gateways, and to whoever listens from outside.
FOR_OTHERS = {"LiveEventsCreated", "NotificationCreated"}


def answered() -> Counter[type]:
    every = [(service, door) for service, _, door in DOORS if isinstance(door, Answers)]
    own = Counter(door.request for service, door in every if owner_of(door.request) == service)
    return own + Counter(door.request for door in OPERATORS if isinstance(door, Answers))


def test_every_request_is_answered_by_exactly_one_door_of_its_owner() -> None:
    doors = answered()
    assert {request.__name__: doors[request] for request in schemas.requests() if doors[request] != 1} == {}


@dataclass
class Inner:
    number: int


@pytest.mark.parametrize("tolerant_first", [True, False])
def test_what_is_nested_twice_is_strict_or_tolerant_both_times(tolerant_first: bool) -> None:
    outer = make_dataclass(f"Outer{tolerant_first}", [("one", Inner), ("other", list[Inner])])
    newer = {"one": {"number": 1, "more": 2}, "other": [{"number": 3, "more": 4}]}
    readers = [load, lambda message, data: schema_of(message).load(data)]
    for read in readers if tolerant_first else reversed(readers):
        if read is load:
            assert load(outer, newer) == outer(Inner(1), [Inner(3)])
        else:
            with pytest.raises(ValidationError) as refused:
                read(outer, newer)
            assert refused.value.normalized_messages().keys() == {"one", "other"}


def test_a_schema_is_the_same_class_however_many_were_made_since() -> None:
    made = [type(schema_of(Page).fields["items"].inner.schema) for Page in pages_with_others_between()]
    assert made[0] is made[1]


def pages_with_others_between() -> Iterator[type]:
    yield make_dataclass("Before", [("items", list[Inner])])
    for number in range(1100):
        schema_of(make_dataclass(f"Other{number}", [("id", int)]))
    yield make_dataclass("After", [("items", list[Inner])])


def test_no_service_answers_for_another() -> None:
    strangers = [
        door for service, _, door in DOORS if isinstance(door, Answers) and owner_of(door.request) != service
    ]
    assert strangers == []


def test_what_is_consumed_is_somebodys_event() -> None:
    consumed = {kind for _, _, door in DOORS if isinstance(door, Consumes) for kind in door.events}
    assert consumed <= set(schemas.events())


def test_every_event_is_consumed_or_meant_for_the_outside() -> None:
    consumed = {kind for _, _, door in DOORS if isinstance(door, Consumes) for kind in door.events}
    unheard = {kind.__name__ for kind in schemas.events()} - {kind.__name__ for kind in consumed}
    assert unheard <= FOR_OTHERS


@pytest.mark.parametrize("message", list(schemas.messages()), ids=schemas.name_of)
def test_every_message_has_a_schema_and_says_its_promise(message: type) -> None:
    schema_of(message)
    if issubclass(message, Event) or message in schemas.requests():
        assert not (message.__doc__ or f"{message.__name__}(").startswith(f"{message.__name__}(")


@pytest.mark.parametrize("request_", schemas.requests(), ids=schemas.name_of)
def test_every_request_names_its_reply_and_who_may_ask(request_: type) -> None:
    assert schema_of(reply_of(request_))
    assert request_.asked_by <= ANYONE | {"system"}


def test_topics_are_unique() -> None:
    topics = Counter(topic_of(message) for message in [*schemas.requests(), *schemas.events()])
    assert [topic for topic, times in topics.items() if times > 1] == []


def test_only_commands_keep_secret_answers() -> None:
    keeping = [request for request in schemas.requests() if getattr(request, "answer_is_secret", False)]
    assert all(issubclass(request, Command) for request in keeping)


def test_older_senders_and_receivers_still_understand_every_message() -> None:
    assert list(schemas.breaks(schemas.kept(), schemas.present())) == []


def test_every_message_is_kept() -> None:
    assert schemas.kept() == schemas.present(), "run: python -m tests.contract.schemas"


def test_the_comparison_notices_what_breaks() -> None:
    before = {"m.M": {"a": {"kind": "IntegerField", "required": True}, "b": {"kind": "X", "required": False}}}
    after = {"m.M": {"b": {"kind": "Y", "required": True}, "c": {"kind": "Z", "required": True}}}
    assert sorted(schemas.breaks(before, after)) == [
        "m.M.a is gone",
        "m.M.b was X and is Y",
        "m.M.c is new and has no default",
    ]
