"""Things of the trade for tests, valid by default; say only what matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from contracts.bookable import Block
from contracts.booking import (
    BookingState,
    BookingStatus,
    BookingType,
    EntryStatus,
    Frequency,
    LessonType,
    MeetingProvider,
    PackageEvent,
    PackageStatus,
    PolicyTerms,
    RecurrenceTerms,
    SeriesChanged,
    SeriesStatus,
    SeriesTerms,
    SessionState,
    SessionStatus,
    WaitlistEvent,
    WaitlistState,
)
from contracts.catalog import (
    AccountChanged,
    CourseChanged,
    CourseKind,
    PackageOfferChanged,
    Role,
    TaughtSubjectView,
    TutorChanged,
    TutorStatus,
)
from services.booking.domain import (
    Booking,
    Entry,
    Lesson,
    Meeting,
    Package,
    PackageOffer,
    Plan,
    Series,
    Session,
    purchase,
)
from services.booking.money import price_by_rate
from services.notifications.webhooks import Webhook

# --- what travels by events -------------------------------------------------------------------------


def a_booking_state(**changes: Any) -> BookingState:
    """Booking 100 of student 42 with tutor 50 (profile 10), an hour from 14:00 UTC on 25 October 2025."""
    start_at = changes.pop("start_at", datetime(2025, 10, 25, 14, tzinfo=UTC))
    end_at = changes.pop("end_at", start_at + timedelta(hours=1))
    booking = BookingState(
        id=100,
        student_id=42,
        tutor_profile_id=10,
        tutor_account_id=50,
        start_at=start_at,
        end_at=end_at,
        blocked_from=start_at,
        blocked_to=end_at,
        tutor_timezone="Europe/London",
        duration_minutes=(end_at - start_at) // timedelta(minutes=1),
        lesson_type=LessonType.VIDEO_CALL,
        booking_type=BookingType.ONE_ON_ONE,
        status=BookingStatus.CONFIRMED,
        total_amount=Decimal("51.75"),
        currency="EUR",
        seats_reserved=1,
        version=1,
        subject_id=5,
        subject_name="Mathematics",
        join_url="https://meet.example/abc123",
    )
    return replace(booking, **changes)


def an_account_change(**changes: Any) -> AccountChanged:
    """Student 42, John Doe, in London, reading English."""
    account = AccountChanged(
        account_id=42,
        email="john@example.com",
        name="John Doe",
        role=Role.STUDENT,
        timezone="Europe/London",
        locale="en",
        version=1,
    )
    return replace(account, **changes)


def a_tutor_change(**changes: Any) -> TutorChanged:
    """Tutor 50 with profile 10, approved, teaching mathematics for 45.00 EUR."""
    tutor = TutorChanged(
        tutor_profile_id=10,
        account_id=50,
        name="Jane Smith",
        status=TutorStatus.APPROVED,
        hourly_rate=Decimal("45.00"),
        currency="EUR",
        subjects=[TaughtSubjectView(5, "Mathematics", Decimal("45.00"))],
        version=1,
    )
    return replace(tutor, **changes)


def a_course_change(**changes: Any) -> CourseChanged:
    """Course 80 of profile 10: fifty minutes of mathematics."""
    course = CourseChanged(
        course_id=80,
        tutor_profile_id=10,
        subject_id=5,
        subject_name="Mathematics",
        title="Calculus",
        duration_minutes=50,
        kind=CourseKind.ONE_ON_ONE,
        active=True,
        version=1,
    )
    return replace(course, **changes)


P = TypeVar("P", bound=PackageEvent)


def a_package_event(kind: type[P], **changes: Any) -> P:
    """Package 60 of student 42 with tutor 50 (profile 10), ten lessons until the end of 2025."""
    event = kind(
        package_id=60,
        account_id=42,
        tutor_profile_id=10,
        tutor_account_id=50,
        name="Ten lessons",
        credits_left=10,
        expires_at=datetime(2025, 12, 31, 12, tzinfo=UTC),
        status=PackageStatus.ACTIVE,
        version=1,
    )
    return replace(event, **changes)


def a_session_state(**changes: Any) -> SessionState:
    """Session 90 of tutor 50 (profile 10), an hour from 14:00 UTC on 25 October 2025, full."""
    start_at = datetime(2025, 10, 25, 14, tzinfo=UTC)
    session = SessionState(
        id=90,
        tutor_profile_id=10,
        tutor_account_id=50,
        course_id=81,
        course_title="Calculus together",
        subject_id=5,
        subject_name="Mathematics",
        start_at=start_at,
        end_at=start_at + timedelta(hours=1),
        blocked_from=start_at,
        blocked_to=start_at + timedelta(hours=1),
        timezone_snapshot="Europe/London",
        capacity=5,
        seats_taken=5,
        seats_held=0,
        seat_price=Decimal("20.00"),
        currency="EUR",
        status=SessionStatus.SCHEDULED,
        version=1,
    )
    return replace(session, **changes)


W = TypeVar("W", bound=WaitlistEvent)


def a_waitlist_event(kind: type[W], **changes: Any) -> W:
    """Of student 42, who waits for session 90 and has, if anything, an offer until noon UTC on the 21st."""
    joined_at = datetime(2025, 10, 20, 10, tzinfo=UTC)
    until = datetime(2025, 10, 21, 12, tzinfo=UTC)
    entry = WaitlistState(70, 90, 42, EntryStatus.OFFERED, joined_at, 2, joined_at, until)
    return replace(kind(entry, a_session_state()), **changes)


def a_series_change(**changes: Any) -> SeriesChanged:
    """Of series 30 of student 42 with tutor 50 (profile 10), an hour every week; an admin paused it."""
    event = SeriesChanged(
        id=30,
        student_id=42,
        tutor_profile_id=10,
        tutor_account_id=50,
        booking_type=BookingType.ONE_ON_ONE,
        duration_minutes=60,
        status=SeriesStatus.PAUSED,
        recurrence=RecurrenceTerms(Frequency.WEEKLY, date(2025, 10, 25), "15:00", "Europe/London"),
        version=2,
        changed_by=Role.ADMIN,
    )
    return replace(event, **changes)


# --- notifications -----------------------------------------------------------------------------------


def a_webhook(**changes: Any) -> Webhook:
    """Webhook 8 of account 42, which hears everything that concerns its owner."""
    webhook = Webhook(
        id=8,
        account_id=42,
        hears_all=False,
        url="https://hooks.example/tutoring",
        event_types=("*",),
        description="",
        created_at=datetime(2025, 10, 1, 12, tzinfo=UTC),
        secret="whsec_c2VjcmV0",
    )
    return replace(webhook, **changes)


# --- booking ----------------------------------------------------------------------------------------


def a_lesson(**changes: Any) -> Lesson:
    """An hour of student 42 with tutor 50 (profile 10), from 14:00 UTC on 25 October 2025, for 45.00."""
    lesson = Lesson(
        student_id=42,
        tutor_profile_id=10,
        tutor_account_id=50,
        tutor_timezone="Europe/London",
        start_at=datetime(2025, 10, 25, 14, tzinfo=UTC),
        duration_minutes=60,
        lesson_type=LessonType.VIDEO_CALL,
        subject_id=5,
        subject_name="Mathematics",
        course_id=None,
        price=price_by_rate(4500, 60, "EUR"),
        terms=PolicyTerms(),
    )
    return replace(lesson, **changes)


def a_booking(status: BookingStatus = BookingStatus.CONFIRMED, **changes: Any) -> Booking:
    """Booking 100 of that lesson, made on the 21st; a change may be of the booking or of its lesson."""
    own = {name: changes.pop(name) for name in list(changes) if name in Booking.__dataclass_fields__}
    lesson = own.pop("lesson", None) or a_lesson(**changes)
    made_at = datetime(2025, 10, 21, 10, tzinfo=UTC)
    booking = Booking(100, lesson, status, created_at=made_at, updated_at=made_at)
    if status is BookingStatus.HELD:
        booking = replace(booking, expires_at=made_at + timedelta(minutes=10))
    elif status is BookingStatus.PENDING:
        booking = replace(booking, expires_at=lesson.start_at)
    elif status in (BookingStatus.CONFIRMED, BookingStatus.COMPLETED):
        booking = replace(booking, join_url="https://meet.example/abc123")
    return replace(booking, **own)


def a_session(**changes: Any) -> Session:
    """Session 200 of tutor 50 (profile 10): five seats for ninety minutes from 14:00 UTC on 25 October 2025.

    A change may be of the session or of its plan.
    """
    own = {name: changes.pop(name) for name in list(changes) if name in Session.__dataclass_fields__}
    start_at = changes.pop("start_at", datetime(2025, 10, 25, 14, tzinfo=UTC))
    plan = Plan(
        tutor_profile_id=10,
        tutor_account_id=50,
        timezone="Europe/London",
        course_id=81,
        course_title="Geometry together",
        subject_id=5,
        subject_name="Mathematics",
        start_at=start_at,
        duration_minutes=90,
        blocked=Block(start_at, start_at + timedelta(minutes=90)),
        capacity=5,
        seat_price=2000,
        currency="EUR",
        meeting=Meeting(MeetingProvider.ZOOM, "https://zoom.example/j/8", "812 345", "pythagoras"),
    )
    made_at = datetime(2025, 10, 21, 10, tzinfo=UTC)
    return replace(Session(200, replace(plan, **changes), made_at, made_at), **own)


def an_entry(number: int = 1, session: Session | None = None, **changes: Any) -> Entry:
    """The place of that number, of student 60 and following, in the session's waitlist."""
    session = session or a_session()
    made_at = datetime(2025, 10, 21, 10, tzinfo=UTC)
    entry = Entry(300 + number, session.id, 60 + number, number, made_at, made_at, session.start_at)
    return replace(entry, **changes)


def a_package_offer(**changes: Any) -> PackageOffer:
    """Offer 11 of profile 10: three lessons for 100.00 EUR, good for thirty days."""
    offer = PackageOffer(11, 10, "Three lessons", 3, 10000, "EUR", valid_days=30, active=True)
    return replace(offer, **changes)


def a_package(**changes: Any) -> Package:
    """Package 5, which student 42 bought of that offer on 1 October 2025."""
    bought = purchase(5, a_package_offer(), 42, 50, datetime(2025, 10, 1, 10, tzinfo=UTC)).package
    return replace(bought, **changes)


def a_package_offer_change(**changes: Any) -> PackageOfferChanged:
    """Offer 11 of profile 10, as catalog tells it."""
    offer = PackageOfferChanged(
        offer_id=11,
        tutor_profile_id=10,
        name="Three lessons",
        credits=3,
        price=Decimal("100.00"),
        currency="EUR",
        valid_days=30,
        active=True,
        version=1,
    )
    return replace(offer, **changes)


def a_series(**changes: Any) -> Series:
    """Series 30 of student 42: mathematics with profile 10, ten Tuesdays at 18:00 in London from 7 October.

    A change may be of the series or of its terms.
    """
    own = {name: changes.pop(name) for name in list(changes) if name in Series.__dataclass_fields__}
    terms = SeriesTerms(
        frequency=Frequency.WEEKLY,
        start_date=date(2025, 10, 7),
        start_time="18:00",
        timezone="Europe/London",
        occurrence_count=10,
        tutor_profile_id=10,
        duration_minutes=60,
        subject_id=5,
    )
    made_at = datetime(2025, 10, 6, 10, tzinfo=UTC)
    return replace(
        Series(30, 42, 50, "Mathematics", replace(terms, **changes), made_at, made_at, made_at), **own
    )
