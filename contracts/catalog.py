"""Accounts, tutor profiles, subjects and courses: what catalog answers and tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from marshmallow import validate

from contracts.message import ADMIN, ANYONE, TUTOR, Command, Event, Query, View
from contracts.values import (
    Count,
    Currency,
    Email,
    Flag,
    Id,
    Instant,
    Line,
    Locale,
    Minutes,
    Money,
    Name,
    Page,
    PageSize,
    Prose,
    Token,
    Version,
    WebAddress,
    Zone,
    integer,
    line,
    number,
    prose,
    word,
)


class Role(StrEnum):
    STUDENT = "student"
    TUTOR = "tutor"
    ADMIN = "admin"


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


class CourseKind(StrEnum):
    ONE_ON_ONE = "one_on_one"
    GROUP = "group"


RoleName = Annotated[Role, word(Role)]
TutorStatusName = Annotated[TutorStatus, word(TutorStatus)]
OrderName = Annotated[TutorOrder, word(TutorOrder)]
CourseKindName = Annotated[CourseKind, word(CourseKind)]
Password = Annotated[str, prose(200, shortest=10)]
Rating = Annotated[float, number(0, 5)]
Share = Annotated[float, number(0, 1)]
Year = Annotated[int, integer(1900, 2200)]
LanguageTag = Annotated[str, line(35, shortest=2)]
_SOME = {"validate": validate.Length(max=50)}


# --- accounts ---------------------------------------------------------------------------


@dataclass(frozen=True)
class AccountView(View):
    id: Id
    email: Email
    name: Name
    role: RoleName
    timezone: Zone
    locale: Locale
    created_at: Instant
    version: Version
    tutor_profile_id: Id | None = None


@dataclass(frozen=True)
class GrantView(View):
    """A session was granted: whom the gateway may make an access token for, and the next refresh token."""

    account_id: Id
    role: RoleName
    refresh_token: Token
    granted_at: Instant
    grant_id: Token
    tutor_profile_id: Id | None = None


@dataclass(frozen=True)
class DoneView(View):
    """There is nothing to say but that it is done."""


@dataclass(frozen=True)
class Register(Command[AccountView]):
    """Open an account; a tutor gets a draft profile with it. Refuses with EmailTaken, RoleNotOpen."""

    asked_by: ClassVar = ANYONE
    email: Email
    password: Password
    name: Name
    role: RoleName = Role.STUDENT
    timezone: Zone = "UTC"
    locale: Locale = "en"


@dataclass(frozen=True)
class LogIn(Command[GrantView]):
    """Begin a session. Refuses with WrongCredentials and TooMany, alike for known and unknown addresses."""

    asked_by: ClassVar = ANYONE
    answer_is_secret: ClassVar = True
    email: Email
    password: Annotated[str, prose(200, shortest=1)]


@dataclass(frozen=True)
class RefreshSession(Command[GrantView]):
    """Exchange a refresh token for the next one; a used one ends its whole session.

    Refuses with RefreshTokenInvalid.
    """

    asked_by: ClassVar = ANYONE
    answer_is_secret: ClassVar = True
    refresh_token: Token


@dataclass(frozen=True)
class LogOut(Command[DoneView]):
    """End the session that the refresh token belongs to; says nothing of whether it was known."""

    asked_by: ClassVar = ANYONE
    refresh_token: Token


@dataclass(frozen=True)
class GetMe(Query[AccountView]):
    """The caller's own account."""


@dataclass(frozen=True)
class UpdateMe(Command[AccountView]):
    """Change what is given of the own account, leave the rest. Refuses with EmailTaken, Stale."""

    email: Email | None = None
    name: Name | None = None
    timezone: Zone | None = None
    locale: Locale | None = None
    expected_version: Version | None = None


# --- subjects ---------------------------------------------------------------------------


@dataclass(frozen=True)
class SubjectView(View):
    id: Id
    name: Name


@dataclass(frozen=True)
class SubjectPage(View):
    items: list[SubjectView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListSubjects(Query[SubjectPage]):
    """All subjects by name."""

    asked_by: ClassVar = ANYONE
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class CreateSubject(Command[SubjectView]):
    """Add a subject. Refuses with SubjectExists."""

    asked_by: ClassVar = ADMIN
    name: Name


# --- tutor profiles -----------------------------------------------------------------------


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


# --- courses --------------------------------------------------------------------------------


@dataclass(frozen=True)
class CourseView(View):
    id: Id
    tutor_profile_id: Id
    subject_id: Id
    subject_name: Name
    title: Line
    description: Prose
    duration_minutes: Minutes
    kind: CourseKindName
    currency: Currency
    version: Version
    price: Money | None = None


@dataclass(frozen=True)
class CoursePage(View):
    items: list[CourseView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListCourses(Query[CoursePage]):
    """Courses of approved tutors; a tutor's own, and to an admin all, in every status of the profile."""

    asked_by: ClassVar = ANYONE
    tutor_profile_id: Id | None = None
    subject_id: Id | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class GetCourse(Query[CourseView]):
    """One course."""

    asked_by: ClassVar = ANYONE
    course_id: Id


@dataclass(frozen=True)
class CreateCourse(Command[CourseView]):
    """Offer a course of one's own. Refuses with UnknownSubject."""

    asked_by: ClassVar = TUTOR
    subject_id: Id
    title: Name
    duration_minutes: Minutes
    description: Prose = ""
    kind: CourseKindName = CourseKind.ONE_ON_ONE
    price: Money | None = None


@dataclass(frozen=True)
class UpdateCourse(Command[CourseView]):
    """Change what is given of an own course. Refuses with UnknownSubject, Stale."""

    asked_by: ClassVar = TUTOR
    course_id: Id
    subject_id: Id | None = None
    title: Name | None = None
    duration_minutes: Minutes | None = None
    description: Prose | None = None
    price: Money | None = None
    expected_version: Version | None = None


@dataclass(frozen=True)
class RemoveCourse(Command[DoneView]):
    """Offer the course no longer; what is booked stays booked."""

    asked_by: ClassVar = TUTOR
    course_id: Id


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class AccountChanged(Event):
    """An account was opened or changed; the one event that carries an e-mail address."""

    subject_field: ClassVar = "account_id"
    account_id: Id
    email: Email
    name: Name
    role: RoleName
    timezone: Zone
    locale: Locale
    version: Version


@dataclass(frozen=True)
class TutorChanged(Event):
    """A profile was made, changed, or moved through its life."""

    subject_field: ClassVar = "tutor_profile_id"
    tutor_profile_id: Id
    account_id: Id
    name: Name
    status: TutorStatusName
    hourly_rate: Money
    currency: Currency
    subjects: list[TaughtSubjectView]
    version: Version


@dataclass(frozen=True)
class CourseChanged(Event):
    """A course was made, changed or (`active` false) removed."""

    subject_field: ClassVar = "course_id"
    course_id: Id
    tutor_profile_id: Id
    subject_id: Id
    subject_name: Name
    title: Line
    duration_minutes: Minutes
    kind: CourseKindName
    active: Flag
    version: Version
    price: Money | None = None
