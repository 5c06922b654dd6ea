"""Forgetting a person, who is told nothing from then on."""

from __future__ import annotations

from chassis.forgetting import forget_dead
from chassis.service import Service, consumes
from chassis.unit import Unit
from contracts.catalog import AccountChanged, AccountErased
from services.notifications.store import forget


class Erasure(Service):
    @consumes(AccountErased)
    def forget_person(self, event: AccountErased, unit: Unit) -> None:
        forget(unit.connection, event.account_id)
        forget_dead(unit.connection, AccountChanged, event.account_id)
