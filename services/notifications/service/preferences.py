"""What people say of how they want to be told."""

from __future__ import annotations

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.notifications import GetPreferences, PreferencesView, ReplacePreferences
from services.notifications.preferences import complete, preferred
from services.notifications.store import Preferences


class Choosing(Service):
    @answers(GetPreferences)
    def get_preferences(self, request: GetPreferences, unit: Unit) -> PreferencesView:  # noqa: ARG002
        return complete(Preferences(unit.connection).of([unit.actor.id])[unit.actor.id])

    @answers(ReplacePreferences)
    def replace_preferences(self, request: ReplacePreferences, unit: Unit) -> PreferencesView:
        chosen = preferred(request)
        Preferences(unit.connection).replace(unit.actor.id, chosen)
        return complete(chosen)
