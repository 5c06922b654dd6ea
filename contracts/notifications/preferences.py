"""How somebody wants to be told: by which channels of which kinds, and when not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from contracts.fields import line
from contracts.message import Command, Query, View
from contracts.notifications.notes import KindName
from contracts.values import Flag, WallTime

Phone = Annotated[str, line(40, shortest=1)]


@dataclass(frozen=True)
class Channels(View):
    """By which channels; what is not said is as it is for who has said nothing at all."""

    email: Flag = True
    sms: Flag = False
    in_app: Flag = True


@dataclass(frozen=True)
class QuietHours(View):
    """From `start` to `end` by the clock on the person's wall, across midnight where `end` is the earlier."""

    start: WallTime
    end: WallTime


@dataclass(frozen=True)
class PreferencesView(View):
    """`phone` is in the form of E.164, such as +442079460018."""

    channels: dict[KindName, Channels] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None
    phone: Phone | None = None


@dataclass(frozen=True)
class GetPreferences(Query[PreferencesView]):
    """How the caller wants to be told, of every kind of notification."""


@dataclass(frozen=True)
class ReplacePreferences(Command[PreferencesView]):
    """Say anew how one wants to be told; kinds that are not named go back to e-mail and application.

    In quiet hours e-mails and texts wait for their end; the application is told at once. Texts
    go to `phone`, an international number, where the platform sends any.
    """

    channels: dict[KindName, Channels] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None
    phone: Phone | None = None
