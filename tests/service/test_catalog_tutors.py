"""A tutor's profile through its life, seen by its tutor, by admins and by everybody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from chassis.context import ANONYMOUS, Actor
from contracts.booking import ReliabilityChanged
from contracts.catalog import (
    ApproveTutor,
    Certification,
    Education,
    GetMe,
    GetTutor,
    GetTutorProfile,
    ReinstateTutor,
    RejectTutor,
    Role,
    SaveTutorProfile,
    SubmitTutorProfile,
    SuspendTutor,
    TaughtSubject,
    TaughtSubjectView,
    TutorChanged,
    TutorStatus,
    UpdateMe,
)
from contracts.errors import Denied, NotFound, ProfileIncomplete, Stale, UnknownSubject, WrongProfileStatus
from contracts.reviews import RatingChanged
from tests.service.people import ADMIN, a_listed_tutor, a_person, a_profile, a_subject, outcome
from tests.subject import Subject


@pytest.fixture
def tutor(catalog: Subject) -> Actor:
    """A tutor whose profile is complete and still a draft."""
    registered = a_person(catalog, Role.TUTOR, name="Jane Smith", timezone="Europe/London")
    catalog.ask(a_profile(a_subject(catalog)), by=registered)
    return registered


def test_a_profile_says_all_that_was_saved(catalog: Subject) -> None:
    mathematics, physics = a_subject(catalog, "Mathematics"), a_subject(catalog, "Physics")
    tutor = a_person(catalog, Role.TUTOR, timezone="Asia/Kathmandu")
    saved = SaveTutorProfile(
        title="Math Expert",
        hourly_rate=Decimal("45.50"),
        headline="10 years of teaching",
        bio="Patient.\nExact.",
        currency="EUR",
        experience_years=10,
        profile_photo_url="https://photos.example/jane.jpg",
        languages=["en", "ne"],
        certifications=[Certification("PGCE", "UCL", 2015)],
        education=[Education("Oxford", "MSc")],
        subjects=[TaughtSubject(physics, Decimal("60.00")), TaughtSubject(mathematics)],
    )
    catalog.ask(saved, by=tutor)
    view = catalog.ask(GetTutorProfile(), by=tutor)
    for said in (
        "title",
        "hourly_rate",
        "headline",
        "bio",
        "currency",
        "languages",
        "certifications",
        "education",
    ):
        assert getattr(view, said) == getattr(saved, said)
    assert (view.id, view.user_id, view.timezone) == (tutor.profile_id, tutor.id, "Asia/Kathmandu")
    assert view.subjects == ["Physics", "Mathematics"]
    assert view.subject_rates == [
        TaughtSubjectView(physics, "Physics", Decimal("60.00")),
        TaughtSubjectView(mathematics, "Mathematics", Decimal("45.50")),
    ]


def test_saving_replaces_all_that_was_said(catalog: Subject, tutor: Actor) -> None:
    catalog.ask(SaveTutorProfile("First", Decimal(20), bio="Much to say."), by=tutor)
    view = catalog.ask(SaveTutorProfile("Second", Decimal(30)), by=tutor)
    assert (view.title, view.bio, view.subjects) == ("Second", "", [])


def test_saving_the_same_again_is_no_change(catalog: Subject, tutor: Actor) -> None:
    request = SaveTutorProfile("Same", Decimal(20))
    assert catalog.ask(request, by=tutor).version == catalog.ask(request, by=tutor).version


def test_a_draft_becomes_a_listed_profile_and_every_step_is_told(catalog: Subject, tutor: Actor) -> None:
    catalog.ask(SubmitTutorProfile(), by=tutor)
    catalog.ask(RejectTutor(tutor.profile_id, "No photo."), by=ADMIN)
    catalog.ask(SubmitTutorProfile(), by=tutor)
    catalog.ask(ApproveTutor(tutor.profile_id), by=ADMIN)
    catalog.ask(SuspendTutor(tutor.profile_id, "Complaints."), by=ADMIN)
    catalog.ask(ReinstateTutor(tutor.profile_id), by=ADMIN)
    told = catalog.told(TutorChanged, tutor_profile_id=tutor.profile_id)
    assert [str(each.status) for each in told] == [
        "draft",
        "draft",
        "pending_review",
        "rejected",
        "pending_review",
        "approved",
        "suspended",
        "approved",
    ]
    assert [each.version for each in told] == list(range(1, 9))


def test_a_wrong_step_is_refused(catalog: Subject, tutor: Actor) -> None:
    with pytest.raises(WrongProfileStatus):
        catalog.ask(ApproveTutor(tutor.profile_id), by=ADMIN)


def test_two_admins_at_once_decide_once(catalog: Subject, tutor: Actor) -> None:
    catalog.ask(SubmitTutorProfile(), by=tutor)
    decisions = [ApproveTutor(tutor.profile_id), RejectTutor(tutor.profile_id)] * 4
    with ThreadPoolExecutor(8) as crowd:
        outcomes = list(crowd.map(lambda decision: outcome(catalog, decision, ADMIN), decisions))
    assert sorted(outcomes) == ["done"] + ["wrong_profile_status"] * 7


def test_a_draft_is_nobody_elses_business(catalog: Subject, tutor: Actor) -> None:
    request = GetTutor(tutor.profile_id)
    for stranger in (ANONYMOUS, a_person(catalog), a_person(catalog, Role.TUTOR)):
        with pytest.raises(NotFound):
            catalog.ask(request, by=stranger)
    for insider in (tutor, ADMIN):
        assert catalog.ask(request, by=insider).status is TutorStatus.DRAFT


def test_only_insiders_see_why_a_profile_was_rejected(catalog: Subject, tutor: Actor) -> None:
    catalog.ask(SubmitTutorProfile(), by=tutor)
    catalog.ask(RejectTutor(tutor.profile_id, "No photo."), by=ADMIN)
    assert catalog.ask(GetTutorProfile(), by=tutor).rejection_reason == "No photo."


def test_the_public_sees_an_approved_profile_without_its_status(catalog: Subject) -> None:
    tutor = a_listed_tutor(catalog, a_profile(a_subject(catalog)))
    assert catalog.ask(GetTutor(tutor.profile_id)).status is None
    assert catalog.ask(GetTutor(tutor.profile_id), by=tutor).status is TutorStatus.APPROVED


def test_a_change_leaves_an_approved_profile_approved(catalog: Subject) -> None:
    subject = a_subject(catalog)
    tutor = a_listed_tutor(catalog, a_profile(subject))
    assert catalog.ask(a_profile(subject, title="New"), by=tutor).status is TutorStatus.APPROVED
    with pytest.raises(ProfileIncomplete):
        catalog.ask(SaveTutorProfile("Nothing to teach", Decimal(20)), by=tutor)


def test_an_unknown_subject_is_not_taught(catalog: Subject, tutor: Actor) -> None:
    with pytest.raises(UnknownSubject):
        catalog.ask(a_profile(999_999), by=tutor)


def test_a_profile_read_too_long_ago_is_stale(catalog: Subject, tutor: Actor) -> None:
    with pytest.raises(Stale):
        catalog.ask(SaveTutorProfile("Late", Decimal(20), expected_version=1), by=tutor)


def test_students_and_admins_have_no_profile(catalog: Subject) -> None:
    for other in (a_person(catalog), ADMIN):
        with pytest.raises(Denied):
            catalog.ask(GetTutorProfile(), by=other)


def test_the_latest_rating_and_reliability_show_whatever_comes_late(catalog: Subject) -> None:
    tutor = a_listed_tutor(catalog, a_profile(a_subject(catalog)))
    catalog.hear(RatingChanged(tutor.profile_id, 4.67, 3, version=3))
    catalog.hear(RatingChanged(tutor.profile_id, 4.5, 2, version=2))
    catalog.hear(ReliabilityChanged(tutor.profile_id, 0.75, version=2))
    catalog.hear(ReliabilityChanged(tutor.profile_id, 1.0, version=1))
    view = catalog.ask(GetTutor(tutor.profile_id))
    assert (view.average_rating, view.total_reviews, view.reliability) == (4.67, 3, 0.75)


def test_rivals_for_one_profile_are_told_in_order_and_the_last_is_true(
    catalog: Subject, tutor: Actor
) -> None:
    changes = [
        UpdateMe(name=f"Name {number}")
        if number % 2
        else SaveTutorProfile(f"Title {number}", Decimal(number))
        for number in range(2, 22)
    ]
    with ThreadPoolExecutor(10) as crowd:
        assert set(crowd.map(lambda change: outcome(catalog, change, tutor), changes)) == {"done"}
    told = catalog.told(TutorChanged, tutor_profile_id=tutor.profile_id)
    assert [each.version for each in told] == list(range(1, len(told) + 1))
    assert told[-1].name == catalog.ask(GetMe(), by=tutor).name
    assert told[-1].hourly_rate == catalog.ask(GetTutorProfile(), by=tutor).hourly_rate
