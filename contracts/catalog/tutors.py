"""Tutor profiles: what tutors say of themselves, how they are found, and who decides on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from marshmallow import validate

from contracts.fields import integer, line, number, prose, word
from contracts.message import ADMIN, ANYONE, TUTOR, Command, Event, Query, View
from contracts.values import Count, Currency, Id, Line, Money, Name, Page, PageSize, Version, WebAddress, Zone


class TutorStatus(StrEnum):
    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


class TutorOrder(StrEnum):
    RELEVANCE = "relevance"
    RATING = "rating"
    RATE = "rate"


TutorStatusName = Annotated[TutorStatus, word(TutorStatus)]
OrderName = Annotated[TutorOrder, word(TutorOrder)]
Rating = Annotated[float, number(0, 5)]
Share = Annotated[float, number(0, 1)]
Year = Annotated[int, integer(1900, 2200)]
LanguageTag = Annotated[str, line(35, shortest=2)]
_SOME = {"validate": validate.Length(max=50)}


@dataclass(frozen=True)
class Certification(View):
    name: Name
    issuer: Line | None = None
    year: Year | None = None


@dataclass(frozen=True)
class Education(View):
    school: Name
    degree: Line | None = None
    year: Year | None = None


@dataclass(frozen=True)
class TaughtSubject(View):
    """A subject that the tutor teaches, at a rate of its own where one is given."""

    subject_id: Id
    hourly_rate: Money | None = None


@dataclass(frozen=True)
class TaughtSubjectView(View):
    subject_id: Id
    name: Name
    hourly_rate: Money


@dataclass(frozen=True)
class TutorCard(View):
    """A tutor in a list; `hourly_rate` is the subject's own where the list is of one subject."""

    id: Id
    tutor_profile_id: Id
    user_id: Id
    name: Name
    title: Line
    headline: Line
    hourly_rate: Money
    currency: Currency
    average_rating: Rating
    total_reviews: Count
    subjects: list[str]
    experience_years: Count
    profile_photo_url: WebAddress | None = None


@dataclass(frozen=True)
class TutorPage(View):
    items: list[TutorCard]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class TutorView(View):
    """A whole profile. `status` and `rejection_reason` are shown to its tutor and to admins only."""

    id: Id
    tutor_profile_id: Id
    user_id: Id
    name: Name
    title: Line
    headline: Line
    bio: Annotated[str, prose(5000)]
    hourly_rate: Money
    currency: Currency
    average_rating: Rating
    total_reviews: Count
    subjects: list[str]
    subject_rates: list[TaughtSubjectView]
    experience_years: Count
    languages: list[str]
    certifications: list[Certification]
    education: list[Education]
    timezone: Zone
    version: Version
    reliability: Share | None = None
    profile_photo_url: WebAddress | None = None
    status: TutorStatusName | None = None
    rejection_reason: Line | None = None


@dataclass(frozen=True)
class SearchTutors(Query[TutorPage]):
    """Approved tutors that fit every given filter; `among` is filled by the gateway from scheduling."""

    asked_by: ClassVar = ANYONE
    subject_id: Id | None = None
    min_rate: Money | None = None
    max_rate: Money | None = None
    min_rating: Rating | None = None
    search_query: Line | None = None
    sort: OrderName | None = None
    among: list[Id] | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class GetTutor(Query[TutorView]):
    """An approved tutor's public profile; the tutor and admins see it in every status."""

    asked_by: ClassVar = ANYONE
    tutor_profile_id: Id


@dataclass(frozen=True)
class GetTutorProfile(Query[TutorView]):
    """The calling tutor's own profile."""

    asked_by: ClassVar = TUTOR


@dataclass(frozen=True)
class SaveTutorProfile(Command[TutorView]):
    """Replace the own profile's contents; absent fields take the defaults.

    Refuses with UnknownSubject, Stale, and ProfileIncomplete where it is listed or under review.
    """

    asked_by: ClassVar = TUTOR
    title: Line
    hourly_rate: Money
    headline: Line = ""
    bio: Annotated[str, prose(5000)] = ""
    currency: Currency = "USD"
    experience_years: Annotated[int, integer(0, 80)] = 0
    profile_photo_url: WebAddress | None = None
    languages: list[LanguageTag] = field(default_factory=list, metadata=_SOME)
    certifications: list[Certification] = field(default_factory=list, metadata=_SOME)
    education: list[Education] = field(default_factory=list, metadata=_SOME)
    subjects: list[TaughtSubject] = field(default_factory=list, metadata=_SOME)
    expected_version: Version | None = None


@dataclass(frozen=True)
class SubmitTutorProfile(Command[TutorView]):
    """Ask for review: draft or rejected becomes pending_review.

    Refuses with ProfileIncomplete, WrongProfileStatus.
    """

    asked_by: ClassVar = TUTOR


@dataclass(frozen=True)
class ApproveTutor(Command[TutorView]):
    """pending_review becomes approved. Refuses with WrongProfileStatus."""

    asked_by: ClassVar = ADMIN
    tutor_profile_id: Id


@dataclass(frozen=True)
class RejectTutor(Command[TutorView]):
    """pending_review becomes rejected. Refuses with WrongProfileStatus."""

    asked_by: ClassVar = ADMIN
    tutor_profile_id: Id
    reason: Line | None = None


@dataclass(frozen=True)
class SuspendTutor(Command[TutorView]):
    """approved becomes suspended: no longer listed nor bookable. Refuses with WrongProfileStatus."""

    asked_by: ClassVar = ADMIN
    tutor_profile_id: Id
    reason: Line | None = None


@dataclass(frozen=True)
class ReinstateTutor(Command[TutorView]):
    """suspended becomes approved again. Refuses with ProfileIncomplete, WrongProfileStatus."""

    asked_by: ClassVar = ADMIN
    tutor_profile_id: Id


@dataclass(frozen=True)
class TutorChanged(Event):
    """A profile was made, changed, or moved through its life."""

    concerns: ClassVar = ("account_id",)
    subject_field: ClassVar = "tutor_profile_id"
    tutor_profile_id: Id
    account_id: Id
    name: Name
    status: TutorStatusName
    hourly_rate: Money
    currency: Currency
    subjects: list[TaughtSubjectView]
    version: Version
