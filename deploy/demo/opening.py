"""Opening the demo: accounts for the whole cast, and for each tutor all that it takes to be booked.

Whatever was done before is left as it is, so that a making that was interrupted can be gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chassis.context import ANONYMOUS, Actor
from contracts.booking import ReplacePolicy
from contracts.catalog import (
    AccountView,
    ApproveTutor,
    CreateCourse,
    CreateSubject,
    GetMe,
    GetTutorProfile,
    ListCourses,
    ListPackageOffers,
    ListSubjects,
    LogIn,
    LogOut,
    OfferPackage,
    Register,
    RejectTutor,
    Role,
    SaveTutorProfile,
    SubmitTutorProfile,
    SuspendTutor,
    TaughtSubject,
    TutorStatus,
    TutorView,
)
from contracts.errors import EmailTaken, NotFound, OverrideExists, SubjectExists, WrongCredentials
from contracts.message import Command
from contracts.scheduling import (
    AddAddition,
    AddOverride,
    AddTimeOff,
    ListAdditions,
    ListTimeOff,
    ReplaceAvailability,
)
from deploy.demo.cast import ADMIN, PASSWORD, Cast, CoursePlan, PackagePlan, Person, Tutor
from deploy.demo.doors import Doors, together

S = TutorStatus
ANY_ADMIN = Actor(role=Role.ADMIN.value)
IN_THE_MAKING = "The demo data are being made"  # the admin's name until they are whole


@dataclass(frozen=True)
class Company:
    """Everybody with their ids, and the ids of what they teach."""

    actors: Mapping[str, Actor]  # by e-mail address
    subjects: Mapping[str, int]  # by name
    courses: Mapping[tuple[int, str], int]  # by the tutor's profile and title
    offers: Mapping[tuple[int, str], int]  # of packages, by the tutor's profile and name

    def of(self, person: Person) -> Actor:
        return self.actors[person.email]

    def course(self, tutor: Tutor, course: CoursePlan) -> int:
        return self.courses[self.of(tutor.person).profile_id, course.title]

    def offer(self, tutor: Tutor, package: PackagePlan) -> int:
        return self.offers[self.of(tutor.person).profile_id, package.name]


def look_in(doors: Doors) -> AccountView | None:
    """The demo's admin, if there is one already."""
    try:
        grant = doors.ask(LogIn(ADMIN, PASSWORD))
    except WrongCredentials:
        return None
    doors.ask(LogOut(grant.refresh_token))
    return doors.ask(GetMe(), Actor(grant.account_id, grant.role.value))


def make_admin(doors: Doors) -> AccountView:
    """The first account of all, whose name says that the rest is missing."""
    return doors.ask(Register(ADMIN, PASSWORD, IN_THE_MAKING, Role.ADMIN), ANY_ADMIN)


def open_accounts(doors: Doors, cast: Cast, admin: Actor, today: date) -> Company:
    """Everybody registers, in one order for the same ids everywhere; then the tutors are set up."""
    subjects = _subjects(doors, cast, admin)
    actors = {person.email: _account(doors, person) for person in _people(cast)}
    reasons = cast.words.reasons
    setups = [
        _Setup(doors, tutor, actors[tutor.person.email], admin, subjects, reasons, today).run
        for tutor in cast.tutors
    ]
    together(setups)
    return Company(actors, subjects, _courses(doors, admin), _offers(doors, cast, actors))


def _people(cast: Cast) -> Iterator[Person]:
    yield from (tutor.person for tutor in cast.tutors)
    yield from cast.students


def _subjects(doors: Doors, cast: Cast, admin: Actor) -> dict[str, int]:
    for name in cast.subjects:
        doors.ask_once(CreateSubject(name), admin, SubjectExists)
    return {subject.name: subject.id for subject in doors.ask(ListSubjects(page_size=100)).items}


def _account(doors: Doors, person: Person) -> Actor:
    wanted = Register(person.email, PASSWORD, person.name, person.role, person.zone, person.locale)
    account = doors.ask_once(wanted, ANONYMOUS, EmailTaken)
    if account is not None:
        return Actor(account.id, person.role.value, account.tutor_profile_id)
    grant = doors.ask(LogIn(person.email, PASSWORD))
    return Actor(grant.account_id, grant.role.value, grant.tutor_profile_id)


def _courses(doors: Doors, admin: Actor) -> dict[tuple[int, str], int]:
    courses = doors.ask(ListCourses(page_size=100), admin).items
    return {(course.tutor_profile_id, course.title): course.id for course in courses}


def _offers(doors: Doors, cast: Cast, actors: Mapping[str, Actor]) -> dict[tuple[int, str], int]:
    sellers = [actors[tutor.person.email] for tutor in cast.tutors if tutor.packages]
    pages = [doors.ask(ListPackageOffers(seller.profile_id), seller) for seller in sellers]
    return {(offer.tutor_profile_id, offer.name): offer.id for page in pages for offer in page.items}


@dataclass(frozen=True)
class _Setup:
    """What one tutor, and the admin about them, does before the first lesson."""

    doors: Doors
    tutor: Tutor
    actor: Actor
    admin: Actor
    subjects: Mapping[str, int]
    reasons: Mapping[str, str]
    today: date

    def run(self) -> None:
        """All of it."""
        profile = self.doors.ask(GetTutorProfile(), self.actor)
        if profile.status is S.DRAFT:
            self.doors.ask(self._presentation(), self.actor)
            self.doors.ask(ReplaceAvailability(self.tutor.person.zone, self.tutor.hours), self.actor)
            self.doors.ask(ReplacePolicy(**vars(self.tutor.terms)), self.actor)
            self._make_exceptions()
            self._offer_courses()
            self._offer_packages()
        self._become_known(profile)

    def _presentation(self) -> SaveTutorProfile:
        said = self.tutor
        return SaveTutorProfile(
            title=said.title,
            hourly_rate=said.rate,
            headline=said.headline,
            bio=said.bio,
            currency=said.currency,
            experience_years=said.years,
            languages=said.languages,
            certifications=said.certifications,
            education=said.education,
            subjects=[TaughtSubject(self.subjects[name], rate) for name, rate in said.subjects.items()],
        )

    def _make_exceptions(self) -> None:
        for day in self.tutor.days_off:
            self.doors.ask_once(AddOverride(self._date(day), [], "Day off"), self.actor, OverrideExists)
        if not self.doors.ask(ListAdditions(), self.actor).total:
            for extra in self.tutor.extra_hours:
                self.doors.ask(
                    AddAddition(self._date(extra["day"]), extra["start"], extra["end"]), self.actor
                )
        if not self.doors.ask(ListTimeOff(), self.actor).total:
            for off in self.tutor.time_off:
                self.doors.ask(self._away(off["day"], off["days"], off["reason"]), self.actor)

    def _away(self, day: int, days: int, reason: str) -> AddTimeOff:
        zone = ZoneInfo(self.tutor.person.zone)
        start, end = (datetime.combine(self._date(n), time(), zone) for n in (day, day + days))
        return AddTimeOff(start.astimezone(UTC), end.astimezone(UTC), reason)

    def _date(self, day: int) -> date:
        return self.today + timedelta(days=day)

    def _offer_courses(self) -> None:
        courses = self.doors.ask(ListCourses(self.actor.profile_id), self.actor).items
        there = {course.title: course.id for course in courses}
        for plan in self.tutor.courses:
            course = there.get(plan.title) or self._offer_course(plan)
            if plan.terms:
                terms = ReplacePolicy(**vars(plan.terms), course_id=course)
                self.doors.ask_when_known(terms, self.actor, NotFound)

    def _offer_course(self, plan: CoursePlan) -> int:
        offer = CreateCourse(
            self.subjects[plan.subject], plan.title, plan.minutes, plan.description, plan.kind, plan.price
        )
        return self.doors.ask(offer, self.actor).id

    def _offer_packages(self) -> None:
        offers = self.doors.ask(ListPackageOffers(self.actor.profile_id), self.actor).items
        there = {offer.name for offer in offers}
        for package in self.tutor.packages:
            if package.name not in there:
                self.doors.ask(OfferPackage(**vars(package)), self.actor)

    def _become_known(self, profile: TutorView) -> None:
        """Submitted by the tutor, judged by the admin, until the profile is what it shall be."""
        while step := _NEXT.get((profile.status, self.tutor.status)):
            request = step(profile.id, self.reasons.get(self.tutor.status.value))
            by = self.actor if isinstance(request, SubmitTutorProfile) else self.admin
            profile = self.doors.ask(request, by)


_Judging = Callable[[int, str | None], Command[TutorView]]


def _submit(_: int, __: str | None) -> Command[TutorView]:
    return SubmitTutorProfile()


def _approve(profile_id: int, _: str | None) -> Command[TutorView]:
    return ApproveTutor(profile_id)


# What comes next for a profile on its way from one status to another.
_NEXT: Mapping[tuple[TutorStatus | None, TutorStatus], _Judging] = {
    (S.DRAFT, S.PENDING_REVIEW): _submit,
    (S.DRAFT, S.APPROVED): _submit,
    (S.DRAFT, S.REJECTED): _submit,
    (S.DRAFT, S.SUSPENDED): _submit,
    (S.PENDING_REVIEW, S.APPROVED): _approve,
    (S.PENDING_REVIEW, S.SUSPENDED): _approve,
    (S.PENDING_REVIEW, S.REJECTED): RejectTutor,
    (S.APPROVED, S.SUSPENDED): SuspendTutor,
}
