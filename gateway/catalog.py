"""Where catalog is asked: accounts and sessions, subjects, tutors, courses, package offers.

Three routes do more than pass on: what catalog grants becomes an access token here, which opens
nothing more once catalog has erased its account, and a search by real availability asks scheduling first.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from chassis.rpc import Answer
from contracts.catalog import (
    ApproveTutor,
    CreateCourse,
    CreateSubject,
    Enrol,
    EraseMe,
    GetCourse,
    GetMe,
    GetTutor,
    GetTutorProfile,
    ListCourses,
    ListPackageOffers,
    ListSubjects,
    LogIn,
    LogOut,
    OfferPackage,
    RefreshSession,
    Register,
    ReinstateTutor,
    RejectTutor,
    RemoveCourse,
    SaveTutorProfile,
    SearchTutors,
    SubmitTutorProfile,
    SuspendTutor,
    Unenrol,
    UpdateCourse,
    UpdateMe,
    WithdrawPackage,
)
from contracts.errors import Invalid
from contracts.message import Request, dump
from contracts.scheduling import FindOpenTutors
from contracts.values import Instant, Minutes
from gateway.asking import Asking
from gateway.identity import Identity, TokensView
from gateway.routes import Route

DURATION_MINUTES = FindOpenTutors.duration_minutes


@dataclass(frozen=True)
class TutorSearch(SearchTutors):
    """Approved tutors that fit every given filter.

    With `available_from` and `available_to` those who have a bookable start between, the end excluded.
    """

    available_from: Instant | None = None
    available_to: Instant | None = None
    duration_minutes: Minutes | None = None


def routes(identity: Identity) -> tuple[Route, ...]:
    """Every route to catalog; the identity makes tokens of sessions, and forgets whom catalog has erased."""

    def tokens(request: Request[Any], asking: Asking) -> Answer:
        grant = asking.ask(request)
        return Answer(dump(identity.tokens(grant.view)), grant.replayed)

    def erase(request: EraseMe, asking: Asking) -> Answer:
        done = asking.ask(request)
        identity.forget(asking.actor.id)
        return done

    return (
        Route("POST", "/api/auth/register", Register, status=201, guarded=True),
        Route("POST", "/api/auth/login", LogIn, view=TokensView, handler=tokens, guarded=True, nameless=True),
        Route("POST", "/api/auth/refresh", RefreshSession, view=TokensView, handler=tokens, nameless=True),
        Route("POST", "/api/auth/logout", LogOut, status=204, nameless=True),
        Route("GET", "/api/me", GetMe),
        Route("PATCH", "/api/me", UpdateMe),
        Route("DELETE", "/api/me", EraseMe, status=204, handler=erase),
        Route("GET", "/api/subjects", ListSubjects),
        Route("POST", "/api/admin/subjects", CreateSubject, status=201),
        Route("GET", "/api/tutors", SearchTutors, form=TutorSearch, handler=search),
        Route("GET", "/api/tutors/{tutor_profile_id}", GetTutor),
        Route("GET", "/api/tutor/profile", GetTutorProfile),
        Route("PUT", "/api/tutor/profile", SaveTutorProfile),
        Route("POST", "/api/tutor/profile/submit", SubmitTutorProfile),
        Route("POST", "/api/admin/tutors/{tutor_profile_id}/approve", ApproveTutor),
        Route("POST", "/api/admin/tutors/{tutor_profile_id}/reject", RejectTutor),
        Route("POST", "/api/admin/tutors/{tutor_profile_id}/suspend", SuspendTutor),
        Route("POST", "/api/admin/tutors/{tutor_profile_id}/reinstate", ReinstateTutor),
        Route("GET", "/api/courses", ListCourses),
        Route("GET", "/api/courses/{course_id}", GetCourse),
        Route("POST", "/api/courses/{course_id}/enrolment", Enrol, status=201),
        Route("DELETE", "/api/courses/{course_id}/enrolment", Unenrol, status=204),
        Route("POST", "/api/tutor/courses", CreateCourse, status=201, location="/api/courses/{id}"),
        Route("PATCH", "/api/tutor/courses/{course_id}", UpdateCourse),
        Route("DELETE", "/api/tutor/courses/{course_id}", RemoveCourse, status=204),
        Route("GET", "/api/tutors/{tutor_profile_id}/packages", ListPackageOffers),
        Route("POST", "/api/tutor/packages", OfferPackage, status=201),
        Route("DELETE", "/api/tutor/packages/{offer_id}", WithdrawPackage, status=204),
    )


def search(wanted: TutorSearch, asking: Asking) -> Answer:
    """Search among those whom scheduling finds open, where that is asked for."""
    filters = {field.name: getattr(wanted, field.name) for field in fields(SearchTutors)}
    if period := _period(wanted):
        filters["among"] = asking.ask(period).view["tutor_profile_ids"]
    return asking.ask(SearchTutors(**filters))


def _period(wanted: TutorSearch) -> FindOpenTutors | None:
    """What to ask scheduling, if anything. Raises `Invalid` for a period without two edges in order."""
    since, until = wanted.available_from, wanted.available_to
    if since is None and until is None and wanted.duration_minutes is None:
        return None
    if since is None:
        raise _wrong("available_from", "Is needed where availability is asked for.")
    if until is None:
        raise _wrong("available_to", "Is needed where availability is asked for.")
    if since >= until:
        raise _wrong("available_to", "Must be after available_from.")
    return FindOpenTutors(since, until, wanted.duration_minutes or DURATION_MINUTES)


def _wrong(parameter: str, sentence: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"/{parameter}", "in": "query", "detail": sentence}])
