"""The people of the demo and what they say, read from the tables beside. Pure but for the reading."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from contracts.booking import PolicyTerms
from contracts.catalog import Certification, CourseKind, Education, Role, TutorStatus
from contracts.message import load
from contracts.scheduling import WeeklyWindow

DOMAIN = "demo.example"
PASSWORD = "demo-password"  # noqa: S105 - printed in the README; opens nothing outside the demo
ADMIN, TUTOR, STUDENT = (f"{role}@{DOMAIN}" for role in ("admin", "tutor", "student"))
TABLES = Path(__file__).parent


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    name: str
    email: str
    role: Role
    zone: str
    locale: str


@dataclass(frozen=True, eq=False)
class CoursePlan:
    """A course that a tutor offers, on terms of its own where it has some."""

    subject: str
    title: str
    minutes: int
    price: Decimal | None
    description: str
    kind: CourseKind
    terms: PolicyTerms | None


@dataclass(frozen=True)
class PackagePlan:
    """Lessons that a tutor sells in advance."""

    name: str
    credits: int
    price: Decimal
    valid_days: int


@dataclass(frozen=True, eq=False)
class Tutor:
    """A tutor with everything that is said and asked; `rating` is what students usually give.

    `days_off`, `extra_hours` and `time_off` count days from the day of the making.
    """

    person: Person
    status: TutorStatus
    title: str
    headline: str
    bio: str
    rate: Decimal
    currency: str
    years: int
    languages: list[str]
    certifications: list[Certification]
    education: list[Education]
    subjects: dict[str, Decimal | None]
    hours: list[WeeklyWindow]
    terms: PolicyTerms
    courses: list[CoursePlan]
    packages: list[PackagePlan]
    rating: float
    days_off: list[int]
    extra_hours: list[dict[str, Any]]
    time_off: list[dict[str, Any]]

    @property
    def listed(self) -> bool:
        return self.status is TutorStatus.APPROVED

    @property
    def approves(self) -> bool:
        """Whether a booking waits for this tutor's word."""
        return self.terms.requires_approval_for_one_on_one

    @property
    def ordinary_courses(self) -> list[CoursePlan]:
        """Those that are booked as any lesson of this tutor is."""
        alone = (course for course in self.courses if course.kind is CourseKind.ONE_ON_ONE)
        return [course for course in alone if course.terms is None]

    def course(self, title: str) -> CoursePlan:
        return next(course for course in self.courses if course.title == title)

    def package(self, name: str) -> PackagePlan:
        return next(package for package in self.packages if package.name == name)


@dataclass(frozen=True)
class Words:
    """What people write: notes by subject, reviews and answers by stars, reasons by occasion."""

    notes: dict[str, list[str]]
    reviews: dict[str, list[str]]
    answers: dict[str, list[str]]
    reasons: dict[str, str]


@dataclass(frozen=True)
class Cast:
    """Everybody, in the order in which they register."""

    tutors: list[Tutor]
    students: list[Person]
    words: Words

    @property
    def listed(self) -> list[Tutor]:
        return [tutor for tutor in self.tutors if tutor.listed]

    @property
    def subjects(self) -> list[str]:
        return list(dict.fromkeys(subject for tutor in self.tutors for subject in tutor.subjects))


def read_cast() -> Cast:
    """The whole cast."""
    students = [
        Person(name, _email(name), Role.STUDENT, zone, locale)
        for name, zone, locale in read_table("students")["students"]
    ]
    first = Person(students[0].name, STUDENT, Role.STUDENT, students[0].zone, students[0].locale)
    tutors = [_tutor(row) for row in read_table("tutors")["tutors"]]
    return Cast(tutors, [first, *students[1:]], Words(**read_table("words")))


def read_table(name: str) -> dict[str, Any]:
    """What a table beside says."""
    return tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))


def _tutor(row: dict[str, Any]) -> Tutor:
    email = row.get("email") or _email(row["name"])
    return Tutor(
        person=Person(row["name"], email, Role.TUTOR, row["zone"], row.get("locale", "en")),
        status=TutorStatus(row.get("status", "approved")),
        title=row["title"],
        headline=row["headline"],
        bio=row.get("bio", ""),
        rate=Decimal(row["rate"]),
        currency=row["currency"],
        years=row.get("years", 0),
        languages=row["languages"],
        certifications=[Certification(**each) for each in row.get("certifications", [])],
        education=[Education(**each) for each in row.get("education", [])],
        subjects={name: _money(rate) for name, rate in row["subjects"].items()},
        hours=[window for line in row["hours"] for window in _windows(line)],
        terms=load(PolicyTerms, row.get("policy", {})),
        courses=[_course(each) for each in row.get("courses", [])],
        packages=[_package(each) for each in row.get("packages", [])],
        rating=row.get("rating", 4.5),
        days_off=row.get("days_off", []),
        extra_hours=row.get("extra_hours", []),
        time_off=row.get("time_off", []),
    )


def _course(row: dict[str, Any]) -> CoursePlan:
    return CoursePlan(
        subject=row["subject"],
        title=row["title"],
        minutes=row["minutes"],
        price=_money(row.get("price", "")),
        description=row["description"],
        kind=CourseKind(row.get("kind", "one_on_one")),
        terms=load(PolicyTerms, row["policy"]) if "policy" in row else None,
    )


def _package(row: dict[str, Any]) -> PackagePlan:
    return PackagePlan(row["name"], row["credits"], Decimal(row["price"]), row["valid_days"])


def _money(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _windows(line: str) -> list[WeeklyWindow]:
    """`1-5 09:00-17:00` for each of the weekdays."""
    days, times = line.split(" ")
    first, _, last = days.partition("-")
    start, _, end = times.partition("-")
    return [WeeklyWindow(day, start, end) for day in range(int(first), int(last or first) + 1)]


def _email(name: str) -> str:
    """Siobhán Walsh is siobhan.walsh@demo.example."""
    plain = (
        unicodedata.normalize("NFKD", name.casefold().replace("ı", "i")).encode("ascii", "ignore").decode()
    )
    return f"{plain.replace(' ', '.')}@{DOMAIN}"
