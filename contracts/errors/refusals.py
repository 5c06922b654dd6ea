"""What owners refuse, owner by owner; each is a class under the kind that says what the caller can do."""

from contracts.errors.kinds import AgainstPolicy, Conflict, Denied, Invalid, Taken, Unauthenticated

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
