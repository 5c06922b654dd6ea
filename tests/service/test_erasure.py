"""What each service forgets of an erased person, and what it keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chassis.context import Actor
from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingStatus,
    CancelBooking,
    CompleteBooking,
    CreateSession,
    CreditReason,
    CreditsChanged,
    EntryStatus,
    GetBooking,
    GetHistory,
    GetSeries,
    GetSession,
    ListLedger,
    MarkNoShowTutor,
    PackageStatus,
    PackageView,
    PurchasePackage,
    SeriesStatus,
    SessionStatus,
)
from contracts.catalog import (
    NOBODYS,
    AccountChanged,
    AccountErased,
    CourseChanged,
    CreateCourse,
    Enrol,
    EnrolmentChanged,
    EraseMe,
    GetMe,
    GetTutor,
    LogIn,
    OfferPackage,
    PackageOfferChanged,
    RefreshSession,
    Register,
    ReinstateTutor,
    Role,
    SaveTutorProfile,
    SearchTutors,
    TutorChanged,
    TutorStatus,
    UpdateMe,
)
from contracts.errors import (
    Invalid,
    LastAdmin,
    NotFound,
    RefreshTokenInvalid,
    TutorNotApproved,
    Unauthenticated,
    WrongCredentials,
    WrongProfileStatus,
)
from contracts.notifications import ListNotifications
from contracts.operations import ExportPerson
from contracts.reviews import CreateReview, ListReviews, ReplyToReview, ReportReview
from contracts.scheduling import (
    AddAddition,
    AddOverride,
    AddTimeOff,
    GetAvailability,
    ListOverrides,
    OpenHoursChanged,
    ReplaceAvailability,
    WeeklyWindow,
)
from services.notifications.store import metadata
from services.notifications.store.forgetting import tables_of_people
from tests.builders import a_booking_state, an_account_change
from tests.groups import Groups
from tests.recurring import Recurring
from tests.service.people import ADMIN, PASSWORD, a_listed_tutor, a_person, a_profile, a_subject, an_address
from tests.subject import Subject
from tests.teaching import Teaching
from tests.waiting import eventually

S = BookingStatus

# --- catalog -----------------------------------------------------------------------------------------


def test_an_erased_account_is_nobodys(catalog: Subject) -> None:
    email = an_address()
    person = a_person(catalog, email=email, name="Ada Lovelace", timezone="Europe/London", locale="de")
    tokens = catalog.ask(LogIn(email, PASSWORD))
    catalog.ask(EraseMe(), by=person)
    nobody = AccountChanged(
        person.id, f"erased-{person.id}{NOBODYS}", "Erased person", Role.STUDENT, "UTC", "en", 2
    )
    assert catalog.told(AccountChanged, account_id=person.id) == [nobody]  # nor is the first told any more
    assert catalog.told(AccountErased, account_id=person.id) == [AccountErased(person.id, 2)]
    with pytest.raises(RefreshTokenInvalid):
        catalog.ask(RefreshSession(tokens.refresh_token))
    for address in (email, nobody.email):
        with pytest.raises(WrongCredentials):
            catalog.ask(LogIn(address, PASSWORD))


def test_whoever_was_erased_asks_nothing_more(catalog: Subject) -> None:
    person = a_person(catalog, Role.TUTOR)
    catalog.ask(EraseMe(), by=person)
    everything = (
        *(GetMe(), UpdateMe(name="Ada"), EraseMe(), ExportPerson(), SearchTutors()),
        *(SaveTutorProfile("Expert", Decimal(40)), CreateCourse(1, "Algebra", 60)),
    )
    for request in everything:
        with pytest.raises(Unauthenticated):
            catalog.ask(request, by=person)


def test_an_address_is_free_again_once_its_owner_was_erased(catalog: Subject) -> None:
    email = an_address()
    catalog.ask(EraseMe(), by=a_person(catalog, email=email))
    assert a_person(catalog, email=email)
    with pytest.raises(Invalid):
        catalog.ask(Register(f"erased-1{NOBODYS}", PASSWORD, "Eve"))


def test_an_erased_tutor_is_out_of_sight_with_all_that_was_offered(catalog: Subject) -> None:
    subject = a_subject(catalog)
    said = a_profile(subject, title="Zauberkunst", bio="Born in Ulm.", languages=["en"])
    tutor = a_listed_tutor(catalog, said, name="Quirrenbach Smith")
    course = catalog.ask(CreateCourse(subject, "Algebra", 60, "As I taught in Ulm."), by=tutor)
    offer = catalog.ask(OfferPackage("Ten", 10, Decimal(400), 90), by=tutor)
    catalog.ask(EraseMe(), by=tutor)
    told = catalog.told(TutorChanged, tutor_profile_id=tutor.profile_id)
    assert [(each.name, each.status, each.subjects) for each in told] == [
        ("Erased person", TutorStatus.SUSPENDED, [])
    ]
    assert catalog.told(CourseChanged, course_id=course.id)[-1].active is False
    assert catalog.told(PackageOfferChanged, offer_id=offer.id)[-1].active is False
    assert catalog.ask(SearchTutors(search_query="Zauberkunst")).total == 0
    assert catalog.sql("SELECT 1 FROM listed_words WHERE word IN ('zauberkunst', 'quirrenbach')") == []
    assert catalog.sql("SELECT description FROM courses WHERE id = :id", id=course.id) == [("",)]
    with pytest.raises(NotFound):
        catalog.ask(GetTutor(tutor.profile_id))
    seen = catalog.ask(GetTutor(tutor.profile_id), by=ADMIN)
    assert (seen.name, seen.title, seen.bio, seen.languages) == ("Erased person", "", "", [])
    with pytest.raises(WrongProfileStatus):
        catalog.ask(ReinstateTutor(tutor.profile_id), by=ADMIN)


def test_an_erased_student_follows_no_course(catalog: Subject) -> None:
    subject = a_subject(catalog)
    tutor, student = a_listed_tutor(catalog, a_profile(subject)), a_person(catalog)
    course = catalog.ask(CreateCourse(subject, "Algebra", 60), by=tutor)
    catalog.ask(Enrol(course.id), by=student)
    catalog.ask(EraseMe(), by=student)
    told = catalog.told(EnrolmentChanged, student_id=student.id)
    assert [(each.active, each.version) for each in told] == [(True, 1), (False, 2)]


def test_the_last_admin_stays(catalog: Subject) -> None:
    first, second = (
        Actor(catalog.ask(Register(an_address(), PASSWORD, "Ada", Role.ADMIN), by=ADMIN).id, "admin")
        for _ in range(2)
    )
    catalog.sql("UPDATE accounts SET role = 'student' WHERE role = 'admin' AND id < :id", id=first.id)
    catalog.ask(EraseMe(), by=first)
    with pytest.raises(LastAdmin):
        catalog.ask(EraseMe(), by=second)
    assert catalog.ask(GetMe(), by=second).name == "Ada"


# --- booking -----------------------------------------------------------------------------------------


def test_a_students_lessons_to_come_are_cancelled_by_the_terms(booking: Subject) -> None:
    teaching = Teaching(booking)
    teaching.terms(min_notice_hours=1)
    far = teaching.book_confirmed(10, day=5, notes_student="I am slow.")
    pending = teaching.book(12, day=5)
    held = teaching.book(14, day=5, hold=True)
    booking.hear(AccountErased(teaching.student.id, 2))
    for taken in (far, pending, held):
        view = booking.ask(GetBooking(taken.id), by=teaching.tutor)
        assert (view.status, view.notes_student) == (S.CANCELLED_BY_STUDENT, None)
        assert view.cancelled_by == teaching.student.id
    cancelled = [each for each in booking.told(BookingCancelled) if each.booking.id == far.id]
    assert [each.refund_amount for each in cancelled] == [far.total_amount]
    assert balanced(booking)


def test_a_lesson_that_has_begun_goes_on_without_its_notes(booking: Subject) -> None:
    teaching = Teaching(booking)
    taken = teaching.book_confirmed(10, notes_student="I am slow.")
    booking.clock.set(teaching.at(10.5))
    booking.hear(AccountErased(teaching.student.id, 2))
    view = booking.ask(GetBooking(taken.id), by=teaching.tutor)
    assert (view.status, view.notes_student) == (S.CONFIRMED, None)
    booking.clock.reset()


def test_reasons_are_forgotten_in_the_history_as_well(booking: Subject) -> None:
    teaching = Teaching(booking)
    taken = teaching.book_confirmed()
    booking.ask(CancelBooking(taken.id, "My mother is ill."), by=teaching.student)
    booking.hear(AccountErased(teaching.student.id, 2))
    assert booking.ask(GetBooking(taken.id), by=teaching.tutor).cancel_reason is None
    steps = booking.ask(GetHistory(taken.id), by=teaching.tutor).items
    assert [step.reason for step in steps] == [None, None, None]


def test_an_erased_tutors_lessons_and_sessions_are_cancelled_in_full(booking: Subject) -> None:
    groups = Groups(booking)
    lesson = groups.book_confirmed(10, day=3)
    session = groups.announce(capacity=1, meeting_link="https://zoom.example/jane", meeting_passcode="hers")
    (taker, seat), *_ = groups.fill(session)
    waiting = groups.queue(session, 1)[0]
    booking.hear(AccountErased(groups.tutor.id, 2, groups.profile_id))
    lesson, seat = (booking.ask(GetBooking(each.id), by=ADMIN) for each in (lesson, seat))
    assert (lesson.status, seat.status) == (S.CANCELLED_BY_TUTOR, S.CANCELLED_BY_TUTOR)
    refunds = {each.booking.id: each.refund_amount for each in booking.told(BookingCancelled)}
    assert refunds[lesson.id] == lesson.total_amount
    assert refunds[seat.id] == seat.total_amount
    view = booking.ask(GetSession(session.id), by=ADMIN)
    assert (view.status, view.meeting_passcode) == (SessionStatus.CANCELLED, None)
    assert "jane" not in str(view.meeting_link)
    assert groups.place(session, waiting).status is EntryStatus.EXPIRED
    assert taker
    assert balanced(booking)


def test_what_is_left_of_an_erased_tutors_packages_goes_back(booking: Subject) -> None:
    groups = Groups(booking)
    used, unused = groups.a_package(groups.student), groups.a_package(groups.another_student())
    over = groups.book_confirmed(9, use_package_id=used.id)
    booking.clock.set(groups.at(10))
    booking.ask(CompleteBooking(over.id), by=groups.tutor)
    groups.book(12, day=5, use_package_id=used.id)
    booking.hear(AccountErased(groups.tutor.id, 2, groups.profile_id))
    ended = booking.told(CreditsChanged, tutor_profile_id=groups.profile_id, reason=CreditReason.REFUNDED)
    assert {event.package_id: event.change for event in ended} == {used.id: -2, unused.id: -3}
    assert {event.status for event in ended} == {PackageStatus.CANCELLED}
    assert left_on(booking, used) == left_on(booking, unused) == 0
    assert balanced(booking)
    booking.clock.reset()


def test_of_a_lesson_that_an_erased_tutor_does_not_hold_the_credit_goes_back_as_well(
    booking: Subject,
) -> None:
    groups = Groups(booking)
    package = groups.a_package(groups.student)
    begun = groups.book_confirmed(9, use_package_id=package.id)
    booking.clock.set(groups.at(9.5))
    booking.hear(AccountErased(groups.tutor.id, 2, groups.profile_id))
    booking.ask(MarkNoShowTutor(begun.id), by=groups.student)
    told = booking.told(CreditsChanged, package_id=package.id)
    assert [(str(event.reason), event.change, event.credits_left) for event in told[2:]] == [
        ("refunded", -2, 0),
        ("returned", 1, 1),
        ("refunded", -1, 0),
    ]
    assert left_on(booking, package) == 0
    lines = booking.ask(ListLedger(account=f"student:{groups.student.id}"), by=ADMIN).items
    assert sum(line.amount for line in lines) == 0
    assert balanced(booking)
    booking.clock.reset()


def test_nothing_is_begun_with_an_erased_tutor_of_whom_nothing_else_was_heard_yet(booking: Subject) -> None:
    groups = Groups(booking)
    offer = groups.an_offer()
    booking.hear(AccountErased(groups.tutor.id, 2, groups.profile_id))
    for request in (groups.wanted(), PurchasePackage(offer)):
        with pytest.raises(TutorNotApproved):
            booking.ask(request, by=groups.student)


def test_whoever_waits_for_an_erasure_finds_the_tutor_gone(booking: Subject) -> None:
    groups = Groups(booking)
    tutor, offer = groups.tutor, groups.an_offer()
    acts = [
        (groups.wanted(), groups.student),
        (PurchasePackage(offer), groups.another_student()),
        (CreateSession(groups.course_id, groups.at(18), capacity=2), tutor),
    ]
    with ThreadPoolExecutor(len(acts)) as pool, booking.holding(f"tutor:{groups.profile_id}"):
        booking.tell(AccountErased(tutor.id, 2, groups.profile_id))
        eventually(lambda: booking.waiting("advisory") == 1)
        asked = [pool.submit(booking.ask, request, by) for request, by in acts]
        eventually(lambda: booking.waiting("advisory") == 1 + len(acts))
    assert [type(each.exception(10)) for each in asked] == [TutorNotApproved] * len(acts)


def left_on(booking: Subject, package: PackageView) -> Decimal:
    """What is left on the package's account."""
    lines = booking.ask(ListLedger(account=f"prepaid:{package.id}"), by=ADMIN).items
    return sum((line.amount for line in lines), Decimal(0))


def test_a_place_in_a_waitlist_goes_to_the_next(booking: Subject) -> None:
    groups = Groups(booking)
    session = groups.announce(capacity=1)
    (taker, _), *_ = groups.fill(session)
    first, second = groups.queue(session, 2)
    booking.hear(AccountErased(first.id, 2))
    assert groups.place(session, first).status is EntryStatus.LEFT
    booking.hear(AccountErased(taker.id, 2))
    assert groups.place(session, second).status is EntryStatus.OFFERED


def test_nothing_more_is_made_of_a_series(booking: Subject) -> None:
    recurring = Recurring(booking)
    words = {"notes_student": "I am slow.", "default_meeting_link": "https://zoom.example/ada"}
    series = recurring.agree(**words)
    made = [each.booking_id for each in series.occurrences]
    booking.hear(AccountErased(recurring.student.id, 2))
    left = booking.ask(GetSeries(series.id), by=recurring.tutor)
    assert left.status is SeriesStatus.CANCELLED
    assert (left.notes_student, left.default_meeting_link) == (None, None)
    ended = {booking.ask(GetBooking(each), by=recurring.tutor).status for each in made}
    assert ended == {S.CANCELLED_BY_STUDENT}
    for table in ("series", "bookings"):
        assert booking.sql(f"SELECT 1 FROM {table} AS t WHERE t::text LIKE '%zoom.example/ada%'") == []


def test_to_be_told_twice_changes_nothing_more(booking: Subject) -> None:
    teaching = Teaching(booking)
    taken = teaching.book_confirmed()
    booking.hear(AccountErased(teaching.student.id, 2))
    once = booking.ask(GetBooking(taken.id), by=teaching.tutor)
    booking.hear(AccountErased(teaching.student.id, 2))
    assert booking.ask(GetBooking(taken.id), by=teaching.tutor) == once


def balanced(booking: Subject) -> bool:
    sums = booking.sql("SELECT sum(amount) AS sum FROM ledger GROUP BY currency")
    return all(row.sum == 0 for row in sums)


# --- reviews -----------------------------------------------------------------------------------------


def test_of_reviews_the_stars_stay(reviews: Subject) -> None:
    student, tutor, other = Actor(42, "student"), Actor(60, "tutor", 6001), Actor(61, "student")
    written = [a_review(reviews, number, who, tutor) for number, who in ((900, student), (901, other))]
    for review in written:
        reviews.ask(ReplyToReview(review, "Thank you."), by=tutor)
    reviews.ask(ReportReview(written[1], "I know her."), by=student)
    reviews.hear(AccountErased(student.id, 2))
    page = {view.id: view for view in reviews.ask(ListReviews(tutor.profile_id)).items}
    assert [(page[each].rating, page[each].comment) for each in written] == [(4, ""), (4, "So so.")]
    assert reviews.sql("SELECT reason FROM reports") == [("",)]
    reviews.hear(AccountErased(tutor.id, 2, tutor.profile_id))
    page = {view.id: view for view in reviews.ask(ListReviews(tutor.profile_id)).items}
    assert [(page[each].reply, page[each].comment) for each in written] == [(None, ""), (None, "So so.")]


def a_review(reviews: Subject, booking_id: int, student: Actor, tutor: Actor) -> int:
    people = {
        "student_id": student.id,
        "tutor_profile_id": tutor.profile_id,
        "tutor_account_id": tutor.id,
    }
    lesson = a_booking_state(id=booking_id, status=S.COMPLETED, version=3, **people)
    reviews.hear(BookingCompleted(lesson, S.CONFIRMED))
    return reviews.ask(CreateReview(booking_id, 4, "So so."), by=student).id


# --- scheduling --------------------------------------------------------------------------------------


def test_a_tutor_is_never_open_again(scheduling: Subject) -> None:
    tutor, now = Actor(70, "tutor", 7001), scheduling.clock.now()
    hours = [WeeklyWindow(weekday, "09:00", "17:00") for weekday in range(1, 8)]
    scheduling.ask(ReplaceAvailability("Europe/Berlin", hours), by=tutor)
    scheduling.ask(AddOverride(now.date(), [], "At the dentist's"), by=tutor)
    scheduling.ask(AddAddition(now.date(), "18:00", "19:00"), by=tutor)
    scheduling.ask(AddTimeOff(now, now + timedelta(days=1), "A rest"), by=tutor)
    scheduling.hear(AccountErased(tutor.id, 2, tutor.profile_id))
    told = scheduling.told(OpenHoursChanged, tutor_profile_id=tutor.profile_id)
    assert (told[-1].timezone, told[-1].intervals) == ("UTC", [])
    assert scheduling.ask(GetAvailability(), by=tutor).weekly_hours == []
    assert scheduling.ask(ListOverrides(), by=tutor).total == 0
    left = scheduling.sql("SELECT 1 FROM additions UNION ALL SELECT 1 FROM time_off")
    assert left == []


# --- notifications -----------------------------------------------------------------------------------


def test_what_a_person_was_told_is_gone_and_nothing_is_added(notifications: Subject) -> None:
    student, tutor = Actor(42, "student"), Actor(50, "tutor", 5001)
    ada = an_account_change(account_id=student.id, email="ada@example.com", name="Ada Lovelace")
    notifications.hear(ada)
    notifications.hear(an_account_change(account_id=tutor.id, email="jane@example.com", name="Jane Smith"))
    people = {"student_id": student.id, "tutor_profile_id": 5001, "tutor_account_id": tutor.id}
    start = notifications.clock.now() + timedelta(days=3)
    notifications.hear(BookingConfirmed(a_booking_state(id=900, start_at=start, **people), S.PENDING))
    notifications.hear(replace(ada, email=f"erased-42{NOBODYS}", name="Erased person", version=2))
    notifications.hear(AccountErased(student.id, 2))
    ended = a_booking_state(id=900, start_at=start, status=S.CANCELLED_BY_STUDENT, version=5, **people)
    notifications.hear(BookingCancelled(ended, S.CONFIRMED, cancelled_by=Role.STUDENT))
    assert notifications.ask(ListNotifications(), by=student).total == 0
    told = [item.title + item.body for item in notifications.ask(ListNotifications(), by=tutor).items]
    assert any("Erased person" in words for words in told)
    assert not any("Ada" in words for words in told)


def test_every_table_of_notifications_is_of_people_or_known_not_to_be() -> None:
    kept = {"accounts", "lessons", "sessions", "reminders"}  # copies, and what people are reminded of
    parts = {"deliveries", "webhook_deliveries", "webhook_attempts"}  # of what is of people
    assert {table.name for table in tables_of_people()} == metadata.tables.keys() - kept - parts


def test_dead_letters_of_a_person_are_forgotten(notifications: Subject) -> None:
    for number in (42, 43):
        letter = f'{{"subject": "{number}", "data": {{"email": "ada@example.com"}}}}'
        notifications.sql(BURIED, body=letter)
    notifications.hear(AccountErased(42, 3))
    left = notifications.sql("SELECT convert_from(body, 'UTF8') AS said FROM dead_letters")
    assert ["43" in row.said for row in left] == [True]
    notifications.sql("DELETE FROM dead_letters")


BURIED = """
    INSERT INTO dead_letters (handler, message_type, message_id, body, headers, error, attempts, died_at)
    VALUES ('x', 'account_changed', 'x', convert_to(:body, 'UTF8'), '{}', 'TypeError', 5, now())
"""
