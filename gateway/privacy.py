"""Where people have their data: everything that the five services hold about them, as one document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from chassis.rpc import Answer
from contracts.errors import Unavailable
from contracts.message import View
from contracts.operations import ExportPerson, HeldRows
from gateway.asking import Asking, together
from gateway.operations import SERVICES
from gateway.routes import Route

FIRST, *OTHERS = SERVICES  # catalog knows whether there is such a person at all


@dataclass(frozen=True)
class HeldView(View):
    """What each service holds, by its kind."""

    catalog: dict[str, HeldRows]
    scheduling: dict[str, HeldRows]
    booking: dict[str, HeldRows]
    notifications: dict[str, HeldRows]
    reviews: dict[str, HeldRows]


def export(wanted: ExportPerson, asking: Asking) -> Answer:
    """Ask every service, and answer with all or nothing. Raises `Unavailable`."""
    said = {FIRST: asking.ask(wanted, FIRST)}
    said |= together({service: partial(asking.ask, wanted, service) for service in OTHERS})
    if len(said) < len(SERVICES):
        raise Unavailable()
    return Answer({service: said[service].view["held"] for service in SERVICES}, replayed=False)


ROUTES = (Route("GET", "/api/me/export", ExportPerson, view=HeldView, handler=export),)
