"""Refusals: how an owner says no, as data that crosses the bus and becomes a problem document.

    Refusal
    ├── Invalid            values missing, wrong or in the past: mend the request
    ├── AgainstPolicy      well formed, but outside what the tutor's policy offers
    ├── Unauthenticated    nobody is known to be asking
    ├── Denied             known, but not allowed; says nothing of the thing
    ├── NotFound           no such thing
    ├── Conflict           the state of things forbids it now
    │   └── Taken          … and the nearest free starts are offered instead
    ├── Stale              the caller's version is not the present one
    ├── TooMany            slow down
    └── Unavailable        not answered in time or out of order; the same key may be sent again

A refusal is a statement of fact; its `code` is its class name in snake case and never
changes. The gateway maps kinds (the direct children of `Refusal`) to HTTP statuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self


class Refusal(Exception):
    """A request was declined and nothing was changed.

    `errors` are items `{"code"?, "detail", "pointer"?}`; `data` holds plain JSON values
    for the caller (`alternatives`, `retry_after`). `replayed` says that the same key was
    refused before, in the request that `request_id` names.
    """

    detail: ClassVar[str] = "The request was declined."

    def __init__(
        self, detail: str | None = None, *, errors: Sequence[dict[str, Any]] = (), **data: Any
    ) -> None:
        self.text = detail or self.detail
        self.errors = list(errors)
        self.data = data
        self.keeps_changes = False
        self.replayed = False
        self.request_id = ""
        super().__init__(self.text)

    def keeping(self) -> Self:
        """Have the owner commit what was written although it refused (a failed log-in is counted)."""
        self.keeps_changes = True
        return self

    @property
    def code(self) -> str:
        return code_of(type(self))

    @property
    def kind(self) -> type[Refusal]:
        """The direct child of `Refusal` that this one descends from."""
        return type(self).__mro__[type(self).__mro__.index(Refusal) - 1]


class Invalid(Refusal):
    """Values are missing, wrong or in the past."""

    detail = "Some values are missing or wrong."


class AgainstPolicy(Refusal):
    """Well formed, but outside what is offered."""


class Unauthenticated(Refusal):
    """Nobody is known to be asking."""

    detail = "Log in and send a valid access token."


class Denied(Refusal):
    """Known, but not allowed."""

    detail = "This is not yours to see or do."


class NotFound(Refusal):
    """No such thing."""

    detail = "There is no such thing."


class Conflict(Refusal):
    """The present state of things forbids it."""


class Taken(Conflict):
    """The time can not be had; `data["alternatives"]` lists the nearest free starts."""


class Stale(Refusal):
    """The caller's version is not the present one."""

    detail = "It has changed since you read it; read it again."


class TooMany(Refusal):
    """The caller asks for more than its share; `data["retry_after"]` in seconds."""

    detail = "Too many requests; wait a little."


class Unavailable(Refusal):
    """Not answered in time, or out of order; `data["retry_after"]` in seconds."""

    detail = "A part of the platform does not answer at the moment; try again."


# --- requests -------------------------------------------------------------------------


class IdempotencyKeyReused(Invalid):
    detail = "This Idempotency-Key was sent before with another request."


# --- catalog --------------------------------------------------------------------------


class WrongCredentials(Unauthenticated):
    detail = "The e-mail address and the password do not belong together."


class RefreshTokenInvalid(Unauthenticated):
    detail = "The refresh token is unknown, expired or already used; log in again."


class EmailTaken(Conflict):
    detail = "There is already an account with this e-mail address."


class SubjectExists(Conflict):
    detail = "There is already a subject of this name."


class RoleNotOpen(Denied):
    detail = "Only an admin can make an admin."


class ProfileIncomplete(Conflict):
    detail = "The profile lacks something that it needs before it can be reviewed."


class WrongProfileStatus(Conflict):
    detail = "The profile is not in a state that allows this."


class UnknownSubject(Invalid):
    detail = "There is no such subject."


class LastAdmin(Conflict):
    detail = "There would be no admin left; make another one first."


class CourseInUse(Conflict):
    detail = "The course has coming lessons and can not be removed."


# --- scheduling -----------------------------------------------------------------------


class RangeTooLong(Invalid):
    detail = "The range of dates is too long."


class OverrideExists(Conflict):
    detail = "There is already an override for this date."


class TooManyCalendars(Conflict):
    detail = "You already have as many calendars as you may; remove one first."


# --- booking: why a start is not bookable (rules of the trade, section 3) ---------------


class StartInPast(Invalid):
    detail = "The start lies in the past."


class DurationNotOffered(AgainstPolicy):
    detail = "The tutor does not offer this duration."


class SubjectNotTaught(AgainstPolicy):
    detail = "The tutor does not teach this subject or course."


class TutorNotApproved(Denied):
    detail = "The tutor is not approved and can not be booked."


class TooLittleNotice(AgainstPolicy):
    detail = "The start is too close to now."


class TooFarAhead(AgainstPolicy):
    detail = "The start is further ahead than the tutor takes bookings."


class NotOpen(Taken):
    detail = "The tutor is not open for the whole lesson."


class OffGrid(Taken):
    detail = "Lessons do not start at this time; choose one of the listed starts."


class DayFull(Taken):
    detail = "The tutor takes no further bookings on this day."


class SlotTaken(Taken):
    detail = "The tutor is already booked at this time."


class StudentBusy(Taken):
    detail = "You already have a booking at this time."


# --- booking: the life of a booking ------------------------------------------------------


class WrongStatus(Conflict):
    detail = "The booking is not in a state that allows this."


class AlreadyStarted(Conflict):
    detail = "The lesson has already started."


class NotYetOver(Conflict):
    detail = "The lesson is not over yet."


class TooEarlyForNoShow(Conflict):
    detail = "A no-show can be reported from 10 minutes after the start."


class TooLateForNoShow(Conflict):
    detail = "A no-show can be reported until 24 hours after the start."


class TooLateToReschedule(AgainstPolicy):
    detail = "The lesson is too close to be moved."


class NoCredit(Conflict):
    detail = "The package has no credit left, has expired or is not for this tutor."


class NotByHand(Conflict):
    detail = "The payment is not one that is settled by hand, or not any more."


class SignatureInvalid(Unauthenticated):
    detail = "The message is not signed by whom it says it is from."


class NotOffered(Conflict):
    detail = "The package is no longer offered."


class TooManyHolds(Conflict):
    detail = "You already hold as many times as you may."


class SeatNotMovable(Conflict):
    detail = "A seat in a group session can not be moved; cancel it and take one in another session."


# --- booking: group sessions and their waitlists -----------------------------------------


class SessionFull(Conflict):
    """`data["seats_left"]` says how many can be had."""

    detail = "There are not so many seats left; join the waitlist."


class NoSession(Conflict):
    detail = "The course has no session that starts at this time."


class AlreadyBooked(Conflict):
    detail = "You already have a booking for this session."


class SeatsAvailable(Conflict):
    detail = "There are seats left; book one."


class AlreadyWaiting(Conflict):
    detail = "You are already on the waitlist of this session."


# --- reviews ---------------------------------------------------------------------------------


class NotCompleted(Conflict):
    detail = "Only a completed lesson can be reviewed."


class AlreadyReviewed(Conflict):
    detail = "This lesson was reviewed before."


class ReviewClosed(Conflict):
    detail = "The review can no longer be changed."


class AlreadyReplied(Conflict):
    detail = "The tutor has already replied."


# --- notifications -----------------------------------------------------------------------------


class AddressNotAllowed(Invalid):
    detail = "Only public https addresses are asked, on port 443 or 8443 and without a login."


class TooManyWebhooks(Conflict):
    detail = "You already have as many webhooks as you may."


class WebhookPaused(Conflict):
    detail = "The webhook is paused; have it go on first."


# --- codes ------------------------------------------------------------------------------------


def code_of(refusal: type[Refusal]) -> str:
    """The stable code: `SlotTaken` is `slot_taken`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", refusal.__name__).lower()


def all_refusals() -> Iterator[type[Refusal]]:
    """Every class of the tree below `Refusal`, depth first."""
    stack = [Refusal]
    while stack:
        for child in stack.pop().__subclasses__():
            yield child
            stack.append(child)


def to_wire(refusal: Refusal) -> dict[str, Any]:
    """The refusal as plain JSON values."""
    return {"code": refusal.code, "detail": refusal.text, "errors": refusal.errors, "data": refusal.data}


def from_wire(fields: dict[str, Any]) -> Refusal:
    """The refusal that was sent; an unknown code of a newer sender is `Unavailable`."""
    known = {code_of(kind): kind for kind in all_refusals()}
    kind = known.get(fields["code"], Unavailable)
    return kind(fields["detail"], errors=fields["errors"], **fields["data"])
