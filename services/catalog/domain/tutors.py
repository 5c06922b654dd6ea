"""Tutor profiles: what tutors say of themselves, and the life that a profile leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from contracts.catalog import (
    Certification,
    Education,
    TaughtSubject,
    TaughtSubjectView,
    TutorChanged,
    TutorStatus,
)
from contracts.errors import Invalid, ProfileIncomplete, UnknownSubject, WrongProfileStatus
from services.catalog.domain.accounts import Account
from services.catalog.domain.owned import following


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
    erased: bool = False

    @property
    def listed(self) -> bool:
        return self.status is TutorStatus.APPROVED

    def presented(self, presentation: Presentation) -> TutorProfile:
        """Replace what it says, in whatever status. Raises `ProfileIncomplete` where others look at it."""
        return _complete(following(self, {"presentation": presentation}))

    def belonging_to(self, account: Account) -> TutorProfile:
        """Carry the name and zone of the account as they are now."""
        return following(self, {"name": account.name, "timezone": account.timezone})

    def erased_with(self, account: Account) -> TutorProfile:
        """Out of sight for good, and without a word of what the tutor said."""
        silent = Presentation(currency=self.presentation.currency)  # the one that courses are offered in
        nobody = {"name": account.name, "timezone": account.timezone, "presentation": silent, "reason": None}
        return following(self, {**nobody, "status": TutorStatus.SUSPENDED, "erased": True})

    def moved(self, step: Step, reason: str | None = None) -> TutorProfile:
        """Take a step of its life. Raises `WrongProfileStatus`, `ProfileIncomplete`."""
        allowed, status = STEPS[step]
        if self.erased or self.status not in allowed:
            raise WrongProfileStatus(f"The profile is {self.status}, which does not allow this.")
        return _complete(following(self, {"status": status, "reason": reason}))

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
