"""The life of a booking once it is taken: confirmed, declined, cancelled, held or missed."""

from __future__ import annotations

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.booking import (
    BookingView,
    CancelBooking,
    CancellationPreview,
    CompleteBooking,
    ConfirmBooking,
    DeclineBooking,
    MarkNoShowStudent,
    MarkNoShowTutor,
    PreviewCancellation,
)
from services.booking.domain import Booking, Step
from services.booking.service.steps import asker, place_to_meet, step
from services.booking.store import Bookings
from services.booking.views import preview_of


class Lessons(Service):
    @answers(ConfirmBooking)
    def confirm(self, request: ConfirmBooking, unit: Unit) -> BookingView:
        def confirmed(booking: Booking) -> Step:
            join_url = place_to_meet(unit, self.settings, booking.lesson)
            return booking.confirm(asker(unit), unit.now, join_url, request.notes_tutor)

        return step(unit, request.booking_id, confirmed)

    @answers(DeclineBooking)
    def decline(self, request: DeclineBooking, unit: Unit) -> BookingView:
        return step(
            unit, request.booking_id, lambda booking: booking.decline(asker(unit), unit.now, request.reason)
        )

    @answers(CancelBooking)
    def cancel(self, request: CancelBooking, unit: Unit) -> BookingView:
        return step(
            unit, request.booking_id, lambda booking: booking.cancel(asker(unit), unit.now, request.reason)
        )

    @answers(PreviewCancellation)
    def preview_cancellation(self, request: PreviewCancellation, unit: Unit) -> CancellationPreview:
        """The very step that a cancellation would make, not written down."""
        booking = Bookings(unit.connection).get(request.booking_id, unit.actor)
        return preview_of(booking.cancel(asker(unit), unit.now, None), unit.now)

    @answers(CompleteBooking)
    def complete(self, request: CompleteBooking, unit: Unit) -> BookingView:
        return step(unit, request.booking_id, lambda booking: booking.complete(asker(unit), unit.now))

    @answers(MarkNoShowStudent)
    def mark_no_show_student(self, request: MarkNoShowStudent, unit: Unit) -> BookingView:
        return _mark_no_show(request, unit)

    @answers(MarkNoShowTutor)
    def mark_no_show_tutor(self, request: MarkNoShowTutor, unit: Unit) -> BookingView:
        return _mark_no_show(request, unit)


def _mark_no_show(request: MarkNoShowStudent | MarkNoShowTutor, unit: Unit) -> BookingView:
    """Whoever was there says that the other side was not."""
    return step(
        unit, request.booking_id, lambda booking: booking.mark_no_show(asker(unit), unit.now, request.notes)
    )
