"""People and offers made through catalog's own doors, each with a name of its own."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from chassis.context import ANONYMOUS, Actor
from contracts.catalog import (
    ApproveTutor,
    CreateSubject,
    Register,
    Role,
    SaveTutorProfile,
    SubmitTutorProfile,
    TaughtSubject,
)
from contracts.errors import Refusal
from contracts.message import Request
from tests.subject import Subject

ADMIN = Actor(999_999, "admin")
PASSWORD = "correct horse battery"

_numbers = count(1)


def an_address() -> str:
    """An e-mail address that nobody has yet."""
    return f"person{next(_numbers)}@example.com"


def a_person(catalog: Subject, role: Role = Role.STUDENT, **details: Any) -> Actor:
    """Somebody who has just registered."""
    wanted = {"email": an_address(), "password": PASSWORD, "name": "Jane Smith", "role": role, **details}
    account = catalog.ask(Register(**wanted))
    return Actor(account.id, role.value, account.tutor_profile_id)


def a_subject(catalog: Subject, name: str | None = None) -> int:
    """A subject that nobody teaches yet."""
    return catalog.ask(CreateSubject(name or f"Subject {next(_numbers)}"), by=ADMIN).id


def a_profile(*subjects: int, **details: Any) -> SaveTutorProfile:
    """What a tutor says who lacks nothing."""
    taught = [TaughtSubject(each) for each in subjects]
    wanted = {"title": "Expert", "hourly_rate": Decimal("45.00"), "subjects": taught, **details}
    return SaveTutorProfile(**wanted)


def a_listed_tutor(catalog: Subject, profile: SaveTutorProfile, **details: Any) -> Actor:
    """A tutor who was approved."""
    tutor = a_person(catalog, Role.TUTOR, **details)
    catalog.ask(profile, by=tutor)
    catalog.ask(SubmitTutorProfile(), by=tutor)
    catalog.ask(ApproveTutor(tutor.profile_id), by=ADMIN)
    return tutor


def outcome(catalog: Subject, request: Request[Any], by: Actor = ANONYMOUS) -> str:
    """What became of a request: done, or the refusal's code."""
    try:
        catalog.ask(request, by=by)
    except Refusal as refusal:
        return refusal.code
    return "done"
