"""Accounts, tutor profiles and courses, and the lives they lead.

Pure: ids and instants come from outside. Log-ins and sessions are `sessions`' concern, finding
a tutor by words is `words`', who may see what of all this is `views`'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from contracts.catalog import (
    AccountChanged,
    Certification,
    CourseChanged,
    CourseKind,
    Education,
    Role,
    TaughtSubject,
    TaughtSubjectView,
    TutorChanged,
    TutorStatus,
)
from contracts.errors import (
    Denied,
    Invalid,
    NotFound,
    ProfileIncomplete,
    RoleNotOpen,
    Stale,
    UnknownSubject,
    WrongProfileStatus,
)

Thing = TypeVar("Thing", "Account", "TutorProfile", "Course")


# --- accounts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """A person who can log in; `tutor_profile_id` is set for every tutor."""

    id: int
    email: str
    name: str
    role: Role
    timezone: str
    locale: str
    created_at: datetime
    tutor_profile_id: int | None = None
    version: int = 1

    def changed(self, given: Mapping[str, Any]) -> Account:
        """Take over what is given, leave the rest."""
        return _next(self, given)

    def told(self) -> AccountChanged:
        return AccountChanged(
            account_id=self.id,
            email=self.email,
            name=self.name,
            role=self.role,
            timezone=self.timezone,
            locale=self.locale,
            version=self.version,
        )


def insist_on_open_role(role: Role, by_admin: bool) -> None:
    """Anyone may become a student or a tutor. Raises `RoleNotOpen`."""
    if role is Role.ADMIN and not by_admin:
        raise RoleNotOpen()


def insist_on_version(expected: int | None, present: int) -> None:
    """What the caller read must be what there is. Raises `Stale`."""
    if expected not in (None, present):
        raise Stale()


# --- tutor profiles -------------------------------------------------------------------------------


class Step(StrEnum):
    """What moves a profile through its life."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


STEPS: Mapping[Step, tuple[frozenset[TutorStatus], TutorStatus]] = {
    Step.SUBMIT: (frozenset({TutorStatus.DRAFT, TutorStatus.REJECTED}), TutorStatus.PENDING_REVIEW),
    Step.APPROVE: (frozenset({TutorStatus.PENDING_REVIEW}), TutorStatus.APPROVED),
    Step.REJECT: (frozenset({TutorStatus.PENDING_REVIEW}), TutorStatus.REJECTED),
    Step.SUSPEND: (frozenset({TutorStatus.APPROVED}), TutorStatus.SUSPENDED),
    Step.REINSTATE: (frozenset({TutorStatus.SUSPENDED}), TutorStatus.APPROVED),
}

# A profile that others look at, to review it or to book, lacks nothing that it needs.
LOOKED_AT = frozenset({TutorStatus.PENDING_REVIEW, TutorStatus.APPROVED})


@dataclass(frozen=True)
class Taught:
    """A subject that a tutor teaches, at a rate of its own or, without one, at the profile's."""

    subject_id: int
    name: str
    hourly_rate: Decimal | None = None


@dataclass(frozen=True)
class Presentation:
    """What tutors say of themselves; at first nothing."""

    title: str = ""
    headline: str = ""
    bio: str = ""
    hourly_rate: Decimal = Decimal("0.00")
    currency: str = "USD"
    experience_years: int = 0
    profile_photo_url: str | None = None
    languages: tuple[str, ...] = ()
    certifications: tuple[Certification, ...] = ()
    education: tuple[Education, ...] = ()
    subjects: tuple[Taught, ...] = ()

    def rate_of(self, taught: Taught) -> Decimal:
        """What an hour of the subject costs."""
        return self.hourly_rate if taught.hourly_rate is None else taught.hourly_rate

    def lacks(self) -> list[dict[str, str]]:
        """What it needs before others look at it, as the items of a refusal."""
        needs = {
            "title": (bool(self.title), "A title is needed."),
            "hourly_rate": (self.hourly_rate > 0, "An hourly rate above zero is needed."),
            "subjects": (bool(self.subjects), "At least one subject is needed."),
        }
        return [
            {"code": "missing", "detail": detail, "pointer": f"/{name}"}
            for name, (met, detail) in needs.items()
            if not met
        ]


@dataclass(frozen=True)
class Standing:
    """What others' copies say of a tutor; without a review 0, without a finished lesson no reliability."""

    average_rating: float = 0.0
    total_reviews: int = 0
    reliability: float | None = None


@dataclass(frozen=True)
class TutorProfile:
    """A tutor before the public. `reason` says why it was rejected or suspended."""

    id: int
    account_id: int
    name: str
    timezone: str
    presentation: Presentation = field(default_factory=Presentation)
    status: TutorStatus = TutorStatus.DRAFT
    reason: str | None = None
    standing: Standing = field(default_factory=Standing)
    version: int = 1

    @property
    def listed(self) -> bool:
        return self.status is TutorStatus.APPROVED

    def presented(self, presentation: Presentation) -> TutorProfile:
        """Replace what it says, in whatever status. Raises `ProfileIncomplete` where others look at it."""
        return _complete(_next(self, {"presentation": presentation}))

    def belonging_to(self, account: Account) -> TutorProfile:
        """Carry the name and zone of the account as they are now."""
        return _next(self, {"name": account.name, "timezone": account.timezone})

    def moved(self, step: Step, reason: str | None = None) -> TutorProfile:
        """Take a step of its life. Raises `WrongProfileStatus`, `ProfileIncomplete`."""
        allowed, status = STEPS[step]
        if self.status not in allowed:
            raise WrongProfileStatus(status=str(self.status))
        return _complete(_next(self, {"status": status, "reason": reason}))

    def told(self) -> TutorChanged:
        said = self.presentation
        return TutorChanged(
            tutor_profile_id=self.id,
            account_id=self.account_id,
            name=self.name,
            status=self.status,
            hourly_rate=said.hourly_rate,
            currency=said.currency,
            subjects=[
                TaughtSubjectView(each.subject_id, each.name, said.rate_of(each)) for each in said.subjects
            ],
            version=self.version,
        )


def teach(wanted: Sequence[TaughtSubject], names: Mapping[int, str]) -> tuple[Taught, ...]:
    """The wanted subjects with their names. Raises `UnknownSubject`, and `Invalid` for one named twice."""
    places = [f"/subjects/{place}/subject_id" for place in range(len(wanted))]
    unknown = [place for place, each in zip(places, wanted, strict=True) if each.subject_id not in names]
    if unknown:
        raise UnknownSubject(
            errors=[{"detail": UnknownSubject.detail, "pointer": place} for place in unknown]
        )
    ids = [each.subject_id for each in wanted]
    twice = [place for index, place in enumerate(places) if ids[index] in ids[:index]]
    if twice:
        raise Invalid(errors=[{"detail": "Is named twice.", "pointer": place} for place in twice])
    return tuple(Taught(each.subject_id, names[each.subject_id], each.hourly_rate) for each in wanted)


def _complete(profile: TutorProfile) -> TutorProfile:
    lacking = profile.presentation.lacks() if profile.status in LOOKED_AT else []
    if lacking:
        raise ProfileIncomplete(errors=lacking)
    return profile


# --- courses --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    id: int
    name: str


@dataclass(frozen=True)
class Course:
    """A lesson that one tutor offers in one shape; without a price the hourly rate counts."""

    id: int
    tutor_profile_id: int
    subject: Subject
    title: str
    description: str
    duration_minutes: int
    kind: CourseKind
    currency: str
    price: Decimal | None = None
    active: bool = True
    version: int = 1

    def changed(self, given: Mapping[str, Any]) -> Course:
        """Take over what is given, leave the rest."""
        return _next(self, given)

    def removed(self) -> Course:
        """Offer it no longer."""
        return _next(self, {"active": False})

    def told(self) -> CourseChanged:
        return CourseChanged(
            course_id=self.id,
            tutor_profile_id=self.tutor_profile_id,
            subject_id=self.subject.id,
            subject_name=self.subject.name,
            title=self.title,
            duration_minutes=self.duration_minutes,
            kind=self.kind,
            active=self.active,
            version=self.version,
            price=self.price,
        )


def own(course: Course | None, tutor_profile_id: int) -> Course:
    """The course, if it is offered by this tutor. Raises `NotFound`, `Denied`."""
    if course is None or not course.active:
        raise NotFound()
    if course.tutor_profile_id != tutor_profile_id:
        raise Denied()
    return course


def _next(thing: Thing, changes: Mapping[str, Any]) -> Thing:
    """The thing as changed, one version on; the thing itself where that makes no difference."""
    changed = replace(thing, **changes)
    return thing if changed == thing else replace(changed, version=thing.version + 1)
