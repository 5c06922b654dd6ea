"""Where booking is asked: policies, the life of a booking, packages, the ledger."""

from __future__ import annotations

from contracts.booking import (
    CancelBooking,
    CheckOutBooking,
    CompleteBooking,
    ConfirmBooking,
    CreateBooking,
    DeclineBooking,
    GetBooking,
    GetHistory,
    GetPolicy,
    ListBookings,
    ListClasses,
    ListLedger,
    ListPackages,
    ListStudents,
    MarkNoShowStudent,
    MarkNoShowTutor,
    PreviewCancellation,
    PurchasePackage,
    RemovePolicy,
    ReplacePolicy,
    RescheduleBooking,
)
from gateway.routes import Route

ROUTES = (
    Route("POST", "/api/bookings", CreateBooking, status=201, location="/api/bookings/{id}"),
    Route("GET", "/api/bookings", ListBookings),
    Route("GET", "/api/bookings/{booking_id}", GetBooking),
    Route("GET", "/api/bookings/{booking_id}/history", GetHistory),
    Route("GET", "/api/bookings/{booking_id}/cancellation-preview", PreviewCancellation),
    Route("POST", "/api/bookings/{booking_id}/checkout", CheckOutBooking),
    Route("POST", "/api/bookings/{booking_id}/cancel", CancelBooking),
    Route("POST", "/api/bookings/{booking_id}/reschedule", RescheduleBooking),
    Route("POST", "/api/tutor/bookings/{booking_id}/confirm", ConfirmBooking),
    Route("POST", "/api/tutor/bookings/{booking_id}/decline", DeclineBooking),
    Route("POST", "/api/tutor/bookings/{booking_id}/complete", CompleteBooking),
    Route("POST", "/api/tutor/bookings/{booking_id}/mark-no-show-student", MarkNoShowStudent),
    Route("POST", "/api/tutor/bookings/{booking_id}/mark-no-show-tutor", MarkNoShowTutor),
    Route("GET", "/api/tutor/policy", GetPolicy),
    Route("PUT", "/api/tutor/policy", ReplacePolicy, query=("course_id",)),
    Route("DELETE", "/api/tutor/policy", RemovePolicy, status=204),
    Route("POST", "/api/packages/{offer_id}/purchase", PurchasePackage, status=201),
    Route("GET", "/api/packages", ListPackages),
    Route("GET", "/api/me/classes", ListClasses),
    Route("GET", "/api/tutor/students", ListStudents),
    Route("GET", "/api/admin/ledger", ListLedger),
)
