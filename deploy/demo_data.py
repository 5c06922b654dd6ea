"""Makes the demo data through the services' own doors: `python -m deploy.demo_data`.

The whole system goes two weeks into the past and comes back by a few stops, at each of which people
book, cancel, teach and review in their time; at the end its clock is where it was. Where the demo's
admin is there and whole, nothing is done. The environment is the gateway's: see `chassis.settings`.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import structlog
import typer

from chassis.context import Actor
from chassis.settings import Settings, SettingsIncomplete, read_settings
from contracts.catalog import AccountView, UpdateMe
from contracts.errors import Refusal
from deploy.demo.attending import Attendance
from deploy.demo.cast import Cast, read_cast
from deploy.demo.doors import Doors, doors
from deploy.demo.living import Life
from deploy.demo.opening import IN_THE_MAKING, look_in, make_admin, open_accounts
from deploy.demo.plan import plan_lessons
from deploy.demo.programme import read_programme
from deploy.demo.wishes import STOPS
from deploy.interruption import Stopped, listen
from deploy.journey import ClockInUse, Journey, journey

ADMIN_NAME = "Ada Admin"


def make(settings: Settings) -> str:
    """What was done, in a sentence. Raises `SettingsIncomplete`, `ClockInUse` and what the doors raise."""
    if not settings.clock_offset_file:  # which exists in demo mode only
        raise SettingsIncomplete("the demo data", ["CLOCK_OFFSET_FILE: Is needed."])
    began = time.monotonic()
    with doors(settings) as opened:
        admin = look_in(opened)
        if admin is not None and admin.name != IN_THE_MAKING:
            return "the demo data are there"
        with journey(Path(settings.clock_offset_file)) as trip:
            sentence = _live_through(opened, trip, admin)
    return f"{sentence} ({time.monotonic() - began:.0f} s)"


def _live_through(opened: Doors, trip: Journey, admin: AccountView | None) -> str:
    """From the first stop to the present; an interrupted making is gone on with, by its own days."""
    trip.go_to(admin.created_at if admin else trip.now() + STOPS[0])
    admin = admin or make_admin(opened)
    cast, actor, today = read_cast(), Actor(admin.id, admin.role.value), admin.created_at - STOPS[0]
    company = open_accounts(opened, cast, actor, today.date())
    programme = read_programme(cast, today.date())
    life = Life(opened, company, actor, plan_lessons(cast, programme, today))
    attendance = Attendance(opened, company, actor, programme)
    life.remember()
    attendance.begin()
    for number, stop in enumerate(STOPS):
        if number:
            trip.go_to(today + stop)
        attendance.hold(number)
        life.live(number)
        life.heard(number)
    astray = len(life.settled()) + len(attendance.settled())
    life.rated()
    opened.ask(UpdateMe(name=ADMIN_NAME), actor)
    return _sentence(cast, len(life.lessons) + programme.bookings, astray)


def _sentence(cast: Cast, bookings: int, astray: int) -> str:
    made = f"{len(cast.listed)} tutors, {len(cast.students)} students, {bookings} bookings"
    return f"{made}; {astray} things are otherwise than planned" if astray else made


def main() -> None:
    """Make the demo data where there are none yet, or go on where making them was interrupted."""
    listen()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        print(make(read_settings("gateway")))
    except (SettingsIncomplete, ClockInUse, Refusal) as reason:
        sys.exit(str(reason))
    except Stopped:
        sys.exit("interrupted; the next time it is gone on with")


if __name__ == "__main__":
    typer.run(main)
