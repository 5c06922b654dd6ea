"""The people of the tour: a tutor who teaches at all hours, three students, the demo's admin.

Their accounts are opened by the first tour and used by all later ones; what they need is set anew each
time, and what an interrupted tour left is cleared away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deploy.demo.cast import ADMIN, DOMAIN
from deploy.demo.cast import PASSWORD as DEMO_PASSWORD
from deploy.tour.stage import Stage
from deploy.tour.visitor import PASSWORD, Unexpected, Visitor

SUBJECT = "Mathematics"
ACTIVE = ("HELD", "PENDING", "CONFIRMED")
HOURS = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(1, 8)]
POLICY = {"min_notice_hours": 1, "booking_window_days": 14, "durations_minutes": [30, 60]}

PACKAGE = {"name": "Five nights", "credits": 5, "price": 140.0, "valid_days": 90}


@dataclass(frozen=True)
class Roles:
    """Everybody, logged in."""

    anybody: Visitor
    admin: Visitor
    tutor: Visitor
    ann: Visitor
    ben: Visitor
    cleo: Visitor
    subject_id: int
    course_id: int  # of the tutor's, for groups
    offer_id: int  # of the tutor's, for packages

    @property
    def tutor_profile_id(self) -> int:
        return int(self.tutor.account["tutor_profile_id"])


def take_roles(url: str, stage: Stage) -> Roles:
    """Have everybody there and ready. Raises `Unexpected`."""
    anybody, admin = Visitor("anybody", url, stage), Visitor("admin", url, stage)
    if not admin.log_in(ADMIN, DEMO_PASSWORD):
        raise Unexpected(f"the tour needs the demo data: {ADMIN} is not there, or has another password")
    subject_id = _subject(anybody)
    tutor = _present("vera", "Vera Night", "tutor", "Europe/Berlin", url, stage)
    _teach(tutor, admin, subject_id)
    ann = _present("ann", "Ann Archer", "student", "Europe/London", url, stage)
    ben = _present("ben", "Ben Baker", "student", "America/New_York", url, stage)
    cleo = _present("cleo", "Cleo Carter", "student", "Europe/Athens", url, stage)
    _clear(tutor, ann, ben, cleo)
    course_id, offer_id = _group_course(tutor, subject_id), _offer(tutor)
    return Roles(anybody, admin, tutor, ann, ben, cleo, subject_id, course_id, offer_id)


def _present(name: str, full_name: str, role: str, zone: str, url: str, stage: Stage) -> Visitor:
    visitor, email = Visitor(name, url, stage), f"tour.{name}@{DOMAIN}"
    if not visitor.log_in(email):
        person = {"email": email, "password": PASSWORD, "name": full_name, "role": role, "timezone": zone}
        visitor.post("/api/auth/register", person)
        visitor.log_in(email)
    return visitor


def _teach(tutor: Visitor, admin: Visitor, subject_id: int) -> None:
    """Open around the clock, at short notice, approving each lesson; and listed."""
    tutor.put("/api/tutor/availability", {"timezone": "Europe/Berlin", "weekly_hours": HOURS})
    tutor.put("/api/tutor/policy", POLICY)
    profile = tutor.get("/api/tutor/profile")
    if profile["status"] == "draft":
        tutor.put("/api/tutor/profile", _presentation(subject_id))
        tutor.post("/api/tutor/profile/submit")
        admin.post(f"/api/admin/tutors/{profile['id']}/approve")


def _group_course(tutor: Visitor, subject_id: int) -> int:
    own = tutor.get("/api/courses", tutor_profile_id=tutor.account["tutor_profile_id"])["items"]
    return int((own[0] if own else tutor.post("/api/tutor/courses", _course(subject_id)))["id"])


def _offer(tutor: Visitor) -> int:
    own = tutor.get(f"/api/tutors/{tutor.account['tutor_profile_id']}/packages")["items"]
    return int((own[0] if own else tutor.post("/api/tutor/packages", PACKAGE))["id"])


def _presentation(subject_id: int) -> dict[str, Any]:
    return {
        "title": "Calculus at any hour",
        "headline": "Awake when you are",
        "bio": "For night owls and for tours of this house.",
        "hourly_rate": 30.0,
        "currency": "EUR",
        "experience_years": 8,
        "languages": ["de", "en"],
        "subjects": [{"subject_id": subject_id}],
    }


def _course(subject_id: int) -> dict[str, Any]:
    return {
        "subject_id": subject_id,
        "title": "Midnight proofs",
        "description": "Two of you, one theorem, until it stands.",
        "duration_minutes": 60,
        "kind": "group",
        "price": 12.0,
    }


def _subject(anybody: Visitor) -> int:
    subjects = {each["name"]: each["id"] for each in anybody.get("/api/subjects", page_size=100)["items"]}
    return int(subjects[SUBJECT])


def _clear(tutor: Visitor, *students: Visitor) -> None:
    """Cancel what another tour has left."""
    for session in tutor.get("/api/tutor/sessions", status="scheduled")["items"]:
        tutor.answer(
            "POST", f"/api/tutor/sessions/{session['id']}/cancel", {"reason": "The tour begins anew."}
        )
    for student in students:
        for left in student.get("/api/bookings", status=list(ACTIVE))["items"]:
            student.answer("POST", f"/api/bookings/{left['id']}/cancel", {"reason": "The tour begins anew."})
