"""The whole of what is held about somebody, or nothing."""

from __future__ import annotations

import json
from typing import Any

from contracts.errors import Unauthenticated, Unavailable
from contracts.operations import ExportPerson
from gateway.calls import Reply
from gateway.operations import SERVICES
from tests.calling import a_call, a_gateway
from tests.fake_asker import Asked, FakeAsker, Reaction


def exported(reaction: Reaction) -> tuple[Reply, FakeAsker]:
    asker = FakeAsker({ExportPerson: reaction})
    gateway = a_gateway(asker)
    return gateway(a_call(gateway, "GET /api/me/export", by="student")), asker


def of_service(asked: Asked) -> dict[str, Any]:
    return {"held": {"contact": {"items": [{"service": asked.to}], "truncated": False}}}


def test_an_export_holds_what_every_service_holds() -> None:
    reply, asker = exported(of_service)
    document = json.loads(reply.body)
    assert list(document) == list(SERVICES)
    assert all(document[each]["contact"]["items"] == [{"service": each}] for each in SERVICES)
    assert {(asked.actor.id, asked.to) for asked in asker.asked} == {(42, each) for each in SERVICES}
    assert reply.headers["Cache-Control"] == "no-store"


def test_there_is_never_half_an_export() -> None:
    for missing in SERVICES:

        def react(asked: Asked, missing: str = missing) -> dict[str, Any]:
            if asked.to == missing:
                raise Unavailable()
            return of_service(asked)

        reply, _ = exported(react)
        assert (reply.status, json.loads(reply.body)["code"]) == (503, "unavailable")


def test_of_somebody_who_is_no_more_nobody_else_is_asked() -> None:
    reply, asker = exported(Unauthenticated())
    assert reply.status == 401
    assert [asked.to for asked in asker.asked] == ["catalog"]
