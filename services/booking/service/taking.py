"""Taking a time with a tutor: booking or holding it, checking out, moving to another."""

from __future__ import annotations

from dataclasses import replace

from chassis.service import Service, answers
from chassis.settings import Settings
from chassis.unit import Unit
from contracts.bookable import Limits
from contracts.booking import BookingView, CheckOutBooking, CreateBooking, RescheduleBooking, SeriesTerms
from contracts.catalog import CourseKind
from contracts.errors import Invalid, NotFound, TooManyHolds, TutorNotApproved
from services.booking import domain
from services.booking.domain import Booking, Lesson, Place, Step
from services.booking.offer import Offer, Tutor, offer_of_course
from services.booking.service.credits import paid_with
from services.booking.service.slot import Slot, lock_people
from services.booking.service.steps import asker, new_join_url, place_to_meet, record, seen, step
from services.booking.store import Bookings, Courses, Policies, Tutors

MOST_HOLDS = 3


class Taking(Service):
    @answers(CreateBooking)
    def create(self, request: CreateBooking, unit: Unit) -> BookingView:
        return seen(unit, take_time(request, unit, self.settings))

    @answers(CheckOutBooking)
    def check_out(self, request: CheckOutBooking, unit: Unit) -> BookingView:
        join_url = new_join_url(self.settings)
        return step(
            unit, request.booking_id, lambda booking: booking.check_out(asker(unit), unit.now, join_url)
        )

    @answers(RescheduleBooking)
    def move(self, request: RescheduleBooking, unit: Unit) -> BookingView:
        """By the terms of its making, in the tutor's present hours; moved to where it lies, it stays."""
        bookings = Bookings(unit.connection)
        slot = _wanted_instead(request, unit, bookings.get(request.booking_id, unit.actor))
        lock_people(unit, slot.tutor_profile_id, slot.student_id)
        booking = bookings.get(request.booking_id, unit.actor, to_change=True)
        booking.check_move(asker(unit), unit.now)
        if request.new_start_at == booking.start_at:
            return seen(unit, booking)
        zone = slot.check(_why_not_any_more(booking, unit))
        made = booking.move(asker(unit), unit.now, request.new_start_at, zone)
        with slot.taking():
            bookings.move(made.booking)
        record(unit, made)
        return seen(unit, made.booking)


def take_time(request: CreateBooking, unit: Unit, settings: Settings, place: Place | None = None) -> Booking:
    """Take a time alone with a tutor: the one way, for a single lesson and for a place in a series.

    Raises as `CreateBooking` says.
    """
    lock_people(unit, request.tutor_profile_id, unit.actor.id)
    offer = offer_to(request, unit)
    slot = _wanted(request, unit, offer, place)
    zone = slot.check(offer.why_not())
    _check_holds(request, unit)
    with slot.taking():
        lesson = replace(_lesson(request, unit, offer, zone), place=place)
        made = _begin(request, paid_with(unit, request.use_package_id, lesson), unit, settings)
        Bookings(unit.connection).add(made.booking)
    record(unit, made)
    return made.booking


def offer_to(
    request: CreateBooking | SeriesTerms, unit: Unit, kind: CourseKind = CourseKind.ONE_ON_ONE
) -> Offer:
    """What the tutor offers of what is asked for. Raises `Invalid`, `NotFound`."""
    _check_named(request)
    tutor = _tutor(request.tutor_profile_id, unit)
    terms = Policies(unit.connection).terms_for(tutor.profile_id, request.course_id)
    if request.course_id is not None:
        return offer_of_course(tutor, terms, Courses(unit.connection).find(request.course_id), kind)
    return Offer(tutor, terms, tutor.subject(request.subject_id))


def _check_named(request: CreateBooking | SeriesTerms) -> None:
    if (request.subject_id is None) == (request.course_id is None):
        detail = "Name either a subject or a course."
        raise Invalid(
            errors=[{"pointer": f"/{field}", "detail": detail} for field in ("subject_id", "course_id")]
        )


def _tutor(tutor_profile_id: int, unit: Unit) -> Tutor:
    tutor = Tutors(unit.connection).find(tutor_profile_id)
    if tutor is None:
        raise NotFound("There is no such tutor.")
    return tutor


def _wanted(request: CreateBooking, unit: Unit, offer: Offer, place: Place | None) -> Slot:
    return Slot(
        unit,
        offer.tutor.profile_id,
        unit.actor.id,
        offer.series_limits if place else offer.limits,
        request.start_at,
        request.duration_minutes,
        offers_others=place is None,
    )


def _begin(request: CreateBooking, lesson: Lesson, unit: Unit, settings: Settings) -> Step:
    booking_id = Bookings(unit.connection).next_id()
    if request.hold:
        return domain.hold(booking_id, lesson, asker(unit), unit.now)
    join_url = place_to_meet(unit, settings, lesson)
    return domain.take(booking_id, lesson, asker(unit), unit.now, join_url)


def _check_holds(request: CreateBooking, unit: Unit) -> None:
    """Whether the student may hold another time, if that is asked for. Raises `TooManyHolds`."""
    if request.hold and Bookings(unit.connection).open_holds(unit.actor.id, unit.now) >= MOST_HOLDS:
        raise TooManyHolds()


def _lesson(request: CreateBooking, unit: Unit, offer: Offer, zone: str) -> Lesson:
    """What is agreed with this; the offer's subject is there, or the rule had refused."""
    assert offer.subject is not None
    return Lesson(
        student_id=unit.actor.id,
        tutor_profile_id=offer.tutor.profile_id,
        tutor_account_id=offer.tutor.account_id,
        tutor_timezone=zone,
        start_at=request.start_at,
        duration_minutes=request.duration_minutes,
        lesson_type=request.lesson_type,
        subject_id=offer.subject.id,
        subject_name=offer.subject.name,
        course_id=request.course_id,
        price=offer.price(request.duration_minutes),
        terms=offer.terms,
        notes=request.notes_student,
    )


def _wanted_instead(request: RescheduleBooking, unit: Unit, booking: Booking) -> Slot:
    minutes, start = booking.lesson.duration_minutes, request.new_start_at
    limits = Limits.of_move(booking.terms, minutes)
    return Slot(unit, booking.tutor_profile_id, booking.student_id, limits, start, minutes, booking.id)


def _why_not_any_more(booking: Booking, unit: Unit) -> list[type[TutorNotApproved]]:
    """The lesson was sold, whatever is taught now; but nothing new is agreed with a suspended tutor."""
    return [] if _tutor(booking.tutor_profile_id, unit).is_approved else [TutorNotApproved]
