"""Having series made: one after another, once however often it is sent, by admins and by the scheduler."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chassis.context import SYSTEM, Actor
from contracts.booking import GenerateSessions, GenerateSessionsOnSchedule
from gateway.calls import Reply
from tests.calling import a_call, a_gateway
from tests.fake_asker import Asked, FakeAsker

SECRET = "kept between the two of us"
BY_ADMIN, BY_SCHEDULE = "POST /api/admin/generate-sessions", "POST /api/cron/generate-sessions"


def an_asker(series: int = 3) -> FakeAsker:
    """So many series, each with two lessons to be made and one that can not be had."""

    def react(asked: Asked) -> dict[str, Any]:
        assert isinstance(asked.request, GenerateSessions)
        if asked.request.after == series:
            return {"series": 0, "booked": 0, "skipped": 0, "last": None}
        return {"series": 1, "booked": 2, "skipped": 1, "last": asked.request.after + 1}

    return FakeAsker({GenerateSessions: react, GenerateSessionsOnSchedule: react})


def scheduled(asker: FakeAsker, **headers: str) -> Reply:
    gateway = a_gateway(asker, cron_secret=SECRET)
    return gateway(a_call(gateway, BY_SCHEDULE, {"weeksAhead": 8}, **headers))


def test_one_series_is_made_after_another_and_all_are_counted() -> None:
    asker = an_asker()
    gateway = a_gateway(asker)
    reply = gateway(a_call(gateway, BY_ADMIN, {"weeksAhead": 8}, by="admin"))
    assert (reply.status, json.loads(reply.body)) == (
        200,
        {"series": 3, "booked": 6, "skipped": 3, "last": None},
    )
    assert [asked.request for asked in asker.asked] == [GenerateSessions(8, after) for after in range(4)]
    assert len({asked.key for asked in asker.asked}) == 4


def test_six_weeks_are_made_where_nothing_else_is_said() -> None:
    asker = an_asker(0)
    gateway = a_gateway(asker)
    gateway(a_call(gateway, BY_ADMIN, by="admin"))
    assert asker.asked[0].request == GenerateSessions(6)
    for wrong in ({"weeksAhead": 0}, {"weeksAhead": 53}, {"after": 5}):
        assert gateway(a_call(gateway, BY_ADMIN, wrong, by="admin")).status == 422


def test_sent_again_it_is_answered_the_same() -> None:
    asker = an_asker()
    gateway = a_gateway(asker)
    call = a_call(gateway, BY_ADMIN, by="admin", idempotency_key="tonight")
    first, second = gateway(call), gateway(call)
    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_scheduler_acts_for_the_platform() -> None:
    asker = an_asker()
    assert scheduled(asker, authorization=f"Bearer {SECRET}").status == 200
    assert {asked.actor for asked in asker.asked} == {SYSTEM}
    assert asker.asked[0].request == GenerateSessionsOnSchedule(8)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {SECRET}", f"Bearer {SECRET}x", "Bearer ä", f"Bearer {SECRET[:-1]}"],
)
def test_nothing_but_the_secret_opens_the_schedulers_door(authorization: str) -> None:
    asker = an_asker()
    assert scheduled(asker, authorization=authorization).status == 401
    assert scheduled(asker).status == 401
    assert asker.asked == []


def test_no_token_opens_the_schedulers_door_nor_the_secret_any_other() -> None:
    asker = an_asker()
    gateway = a_gateway(asker, cron_secret=SECRET)
    assert gateway(a_call(gateway, BY_SCHEDULE, by="admin")).status == 401
    assert gateway(a_call(gateway, BY_ADMIN, authorization=f"Bearer {SECRET}")).status == 401
    assert asker.asked == []


def test_without_a_secret_the_door_is_shut() -> None:
    gateway = a_gateway(an_asker())
    assert gateway(a_call(gateway, BY_SCHEDULE, authorization="Bearer ")).status == 401


def test_who_acts_for_the_platform_is_nobody() -> None:
    assert Actor(role="system") == SYSTEM
