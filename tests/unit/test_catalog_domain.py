"""The lives of accounts, profiles and courses: the steps by a table, what always holds by random lives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import (
    NOBODYS,
    AccountErased,
    CourseKind,
    Role,
    TaughtSubject,
    TaughtSubjectView,
    TutorStatus,
)
from contracts.errors import (
    Denied,
    Invalid,
    LastAdmin,
    NotFound,
    ProfileIncomplete,
    Refusal,
    RoleNotOpen,
    Stale,
    UnknownSubject,
    WrongProfileStatus,
)
from services.catalog.domain import (
    Account,
    Course,
    Presentation,
    Step,
    Subject,
    Taught,
    TutorProfile,
    insist_on_an_address,
    insist_on_an_admin,
    insist_on_open_role,
    insist_on_version,
    own,
    teach,
)

COMPLETE = Presentation(title="Math Expert", hourly_rate=Decimal(45), subjects=(Taught(5, "Mathematics"),))
DRAFT, PENDING, APPROVED = TutorStatus.DRAFT, TutorStatus.PENDING_REVIEW, TutorStatus.APPROVED
REJECTED, SUSPENDED = TutorStatus.REJECTED, TutorStatus.SUSPENDED

LIFE = {
    (DRAFT, Step.SUBMIT): PENDING,
    (REJECTED, Step.SUBMIT): PENDING,
    (PENDING, Step.APPROVE): APPROVED,
    (PENDING, Step.REJECT): REJECTED,
    (APPROVED, Step.SUSPEND): SUSPENDED,
    (SUSPENDED, Step.REINSTATE): APPROVED,
}


def an_account(**changes: Any) -> Account:
    born = datetime(2026, 3, 2, 10, tzinfo=UTC)
    account = Account(50, "jane@example.com", "Jane Smith", Role.TUTOR, "Europe/London", "en", born, 5001)
    return replace(account, **changes)


def a_profile(**changes: Any) -> TutorProfile:
    return replace(TutorProfile(5001, 50, "Jane Smith", "Europe/London", COMPLETE), **changes)


def a_course(**changes: Any) -> Course:
    course = Course(
        id=8001,
        tutor_profile_id=5001,
        subject=Subject(5, "Mathematics"),
        title="Algebra I",
        description="",
        duration_minutes=60,
        kind=CourseKind.ONE_ON_ONE,
        currency="EUR",
    )
    return replace(course, **changes)


# --- accounts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "by_admin"), [(Role.STUDENT, False), (Role.TUTOR, False), (Role.ADMIN, True)]
)
def test_anyone_becomes_a_student_or_tutor_and_an_admin_makes_admins(role: Role, by_admin: bool) -> None:
    insist_on_open_role(role, by_admin)


def test_nobody_else_makes_an_admin() -> None:
    with pytest.raises(RoleNotOpen):
        insist_on_open_role(Role.ADMIN, by_admin=False)


def test_a_change_keeps_what_is_not_given_and_counts_the_version() -> None:
    assert an_account().changed({"name": "Jane Jones"}) == an_account(name="Jane Jones", version=2)


def test_a_change_that_makes_no_difference_is_none() -> None:
    account = an_account()
    assert account.changed({"name": account.name}) is account


@pytest.mark.parametrize("expected", [None, 3])
def test_the_present_version_or_none_may_be_expected(expected: int | None) -> None:
    insist_on_version(expected, 3)


def test_any_other_version_is_stale() -> None:
    with pytest.raises(Stale):
        insist_on_version(2, 3)


# --- tutor profiles -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", TutorStatus)
@pytest.mark.parametrize("step", Step)
def test_a_profile_takes_the_steps_of_its_life_and_no_others(status: TutorStatus, step: Step) -> None:
    profile = a_profile(status=status)
    if (status, step) in LIFE:
        assert profile.moved(step) == a_profile(status=LIFE[status, step], version=2)
    else:
        with pytest.raises(WrongProfileStatus, match=status):
            profile.moved(step)


def test_a_reason_stands_until_the_next_step() -> None:
    rejected = a_profile(status=PENDING).moved(Step.REJECT, "No photo.")
    assert (rejected.reason, rejected.moved(Step.SUBMIT).reason) == ("No photo.", None)


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        (replace(COMPLETE, title=""), ["/title"]),
        (replace(COMPLETE, hourly_rate=Decimal(0)), ["/hourly_rate"]),
        (replace(COMPLETE, subjects=()), ["/subjects"]),
        (Presentation(), ["/title", "/hourly_rate", "/subjects"]),
    ],
)
def test_an_incomplete_profile_is_not_submitted_and_hears_all_that_it_lacks(
    said: Presentation, lacking: list[str]
) -> None:
    with pytest.raises(ProfileIncomplete) as refused:
        a_profile(presentation=said).moved(Step.SUBMIT)
    assert [item["pointer"] for item in refused.value.errors] == lacking


@pytest.mark.parametrize("status", TutorStatus)
def test_a_profile_is_changed_in_every_status_and_keeps_it(status: TutorStatus) -> None:
    said = replace(COMPLETE, headline="Ten years of teaching")
    assert a_profile(status=status).presented(said) == a_profile(status=status, presentation=said, version=2)


@pytest.mark.parametrize("status", [PENDING, APPROVED])
def test_a_profile_that_others_look_at_stays_complete(status: TutorStatus) -> None:
    with pytest.raises(ProfileIncomplete):
        a_profile(status=status).presented(Presentation())


def test_a_suspended_profile_may_be_emptied_but_is_not_reinstated_then() -> None:
    emptied = a_profile(status=SUSPENDED).presented(Presentation())
    with pytest.raises(ProfileIncomplete):
        emptied.moved(Step.REINSTATE)


@given(st.lists(st.one_of(st.sampled_from(Step), st.sampled_from([COMPLETE, Presentation()])), max_size=20))
def test_whatever_happens_a_listed_profile_is_complete_and_each_change_counts_once(
    happenings: list[Step | Presentation],
) -> None:
    profile = a_profile(presentation=Presentation())
    for happening in happenings:
        before = profile
        try:
            profile = (
                profile.moved(happening) if isinstance(happening, Step) else profile.presented(happening)
            )
        except Refusal:
            continue
        assert profile.version == before.version + (profile is not before)
        assert not (profile.listed and profile.presentation.lacks())


def test_a_profile_carries_the_name_of_its_account() -> None:
    renamed = a_profile().belonging_to(an_account(name="Jane Jones"))
    assert (renamed.told().name, renamed.version) == ("Jane Jones", 2)


def test_a_subject_costs_its_own_rate_or_else_the_profiles() -> None:
    said = replace(COMPLETE, subjects=(Taught(5, "Mathematics"), Taught(6, "Physics", Decimal(60))))
    assert a_profile(presentation=said).told().subjects == [
        TaughtSubjectView(5, "Mathematics", Decimal(45)),
        TaughtSubjectView(6, "Physics", Decimal(60)),
    ]


NAMES = {5: "Mathematics", 6: "Physics"}


def test_subjects_are_taught_in_the_order_given() -> None:
    wanted = [TaughtSubject(6, Decimal(60)), TaughtSubject(5)]
    assert teach(wanted, NAMES) == (Taught(6, "Physics", Decimal(60)), Taught(5, "Mathematics"))


@pytest.mark.parametrize(
    ("ids", "refusal", "pointer"),
    [([5, 7], UnknownSubject, "/subjects/1/subject_id"), ([5, 6, 5], Invalid, "/subjects/2/subject_id")],
)
def test_unknown_and_repeated_subjects_are_pointed_at(
    ids: list[int], refusal: type[Refusal], pointer: str
) -> None:
    with pytest.raises(refusal) as refused:
        teach([TaughtSubject(each) for each in ids], NAMES)
    assert [item["pointer"] for item in refused.value.errors] == [pointer]


# --- courses --------------------------------------------------------------------------------------


def test_a_removed_course_is_told_as_no_longer_offered() -> None:
    told = a_course().removed().told()
    assert (told.active, told.version) == (False, 2)


@pytest.mark.parametrize(
    ("course", "refusal"),
    [(None, NotFound), (a_course(active=False), NotFound), (a_course(tutor_profile_id=5002), Denied)],
)
def test_a_course_is_changed_by_its_own_tutor_while_it_is_offered(
    course: Course | None, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        own(course, 5001)


def test_an_own_course_is_ones_to_change() -> None:
    assert own(a_course(), 5001) == a_course()


# --- people who are forgotten ---------------------------------------------------------------------


def test_of_an_erased_account_the_id_and_the_role_are_left() -> None:
    account = an_account()
    now = account.created_at.replace(year=2027)
    erased = account.erased(now)
    assert (erased.id, erased.role, erased.tutor_profile_id) == (50, Role.TUTOR, 5001)
    assert (erased.name, erased.email, erased.erased_at) == ("Erased person", f"erased-50{NOBODYS}", now)
    assert (erased.timezone, erased.locale, erased.version) == ("UTC", "en", 2)
    assert erased.told_erased() == AccountErased(50, 2, 5001)


@pytest.mark.parametrize("status", TutorStatus)
def test_an_erased_profile_says_nothing_and_takes_no_step_any_more(status: TutorStatus) -> None:
    erased = a_profile(status=status).erased_with(an_account().erased(an_account().created_at))
    assert (erased.status, erased.presentation, erased.name) == (SUSPENDED, Presentation(), "Erased person")
    assert erased.listed is False
    for step in Step:
        with pytest.raises(WrongProfileStatus):
            erased.moved(step)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("others", [0, 1])
def test_only_the_last_admin_has_to_stay(role: Role, others: int) -> None:
    if role is Role.ADMIN and not others:
        with pytest.raises(LastAdmin):
            insist_on_an_admin(an_account(role=role), others)
    else:
        insist_on_an_admin(an_account(role=role), others)


def test_nobody_takes_an_erased_persons_address() -> None:
    insist_on_an_address("erased-50@example.com")
    insist_on_an_address(None)
    for address in (f"erased-50{NOBODYS}", f"Erased-50{NOBODYS.upper()}"):
        with pytest.raises(Invalid):
            insist_on_an_address(address)
