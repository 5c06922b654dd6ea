"""Every request has one door to the outside or is known to have none; every refusal has a status."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import contracts
from chassis.clock import Clock
from contracts.catalog import DoneView
from contracts.errors import Refusal, all_refusals, code_of
from contracts.message import Command, Query, Request, owner_of
from contracts.operations import Ping, Resync
from contracts.scheduling import FindOpenTutors
from gateway.binding import HIDDEN, places_of
from gateway.identity import Identity
from gateway.live import Streams
from gateway.operations import SERVICES
from gateway.problems import STATUSES, status_of
from gateway.routes import Route, Table
from gateway.service import all_routes

WITHOUT_A_ROUTE = {
    FindOpenTutors,  # asked within the search for tutors
    Ping,  # asked for /readyz
    Resync,  # an operator's command line: chassis.resync
}


def the_routes() -> list[Route]:
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return all_routes(Identity(key.decode(), "https://tutoring.example", 10, Clock()), Streams(Clock()))


ROUTES = the_routes()


def all_requests() -> Iterator[type[Request[Any]]]:
    for module in pkgutil.iter_modules(contracts.__path__):
        importlib.import_module(f"contracts.{module.name}")
    stack: list[type[Any]] = [Command, Query]
    while stack:
        for kind in stack.pop().__subclasses__():
            if kind.__module__.startswith("contracts."):
                yield kind
            stack.append(kind)


def test_every_request_has_one_route_or_is_known_to_have_none() -> None:
    routed = [route.request for route in ROUTES]
    assert len(routed) == len(set(routed))
    assert set(routed) | WITHOUT_A_ROUTE == set(all_requests())
    assert set(routed) & WITHOUT_A_ROUTE == set()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_found_by_its_own_path(route: Route) -> None:
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", "17")
    found, arguments = Table(ROUTES).find(route.method, path)
    assert found is route
    assert set(arguments) == set(route.parameters)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_takes_each_field_in_one_place(route: Route) -> None:
    places = places_of(route)
    taken = [*route.parameters, *places.query, *places.body]
    assert sorted(taken) == sorted(route.fields.keys() - HIDDEN)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_reading_changes_nothing_and_nothing_to_say_is_204(route: Route) -> None:
    assert issubclass(route.request, Query) is (route.method == "GET")
    assert (route.answered is DoneView) is (route.status == 204)


def test_the_services_are_the_owners() -> None:
    owners = {owner_of(request) for request in all_requests()} - {"operations"}
    assert set(SERVICES) == owners


def test_every_kind_of_refusal_has_a_status() -> None:
    assert set(STATUSES) == {refusal for refusal in all_refusals() if Refusal in refusal.__bases__}
    assert all(400 <= status_of(refusal) < 600 for refusal in all_refusals())


def test_every_code_means_one_refusal() -> None:
    codes = [code_of(refusal) for refusal in dict.fromkeys(all_refusals())]
    assert len(codes) == len(set(codes))
