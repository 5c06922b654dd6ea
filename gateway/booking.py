"""Where booking is asked: policies, the life of a booking, group sessions, packages, the ledger."""

from __future__ import annotations

from typing import Any

from contracts.booking import (
    AcceptOffer,
    BookSeats,
    CancelBooking,
    CancelSession,
    CheckOutBooking,
    CompleteBooking,
    ConfirmBooking,
    CreateBooking,
    CreateSession,
    DeclineBooking,
    GetBooking,
    GetBookingPayment,
    GetHistory,
    GetPackagePayment,
    GetPolicy,
    GetSession,
    HearStripe,
    JoinWaitlist,
    LeaveWaitlist,
    ListBookings,
    ListClasses,
    ListLedger,
    ListOwnSessions,
    ListPackages,
    ListPayments,
    ListSessions,
    ListStudents,
    ListWaitlist,
    MarkNoShowStudent,
    MarkNoShowTutor,
    PreviewCancellation,
    PurchasePackage,
    RemovePolicy,
    ReplacePolicy,
    RescheduleBooking,
    SettlePayment,
)
from gateway.calls import Call
from gateway.problems import Malformed
from gateway.routes import Route


def signed_by_stripe(call: Call) -> dict[str, Any]:
    """The body to the letter, and the signature over it. Raises `Malformed`."""
    try:
        payload = call.body.decode()
    except UnicodeDecodeError:
        raise Malformed("The body is not text.") from None
    return {"payload": payload, "signature": call.headers.get("stripe-signature", "")}


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
    Route("POST", "/api/tutor/sessions", CreateSession, status=201, location="/api/sessions/{id}"),
    Route("GET", "/api/tutor/sessions", ListOwnSessions),
    Route("POST", "/api/tutor/sessions/{session_id}/cancel", CancelSession),
    Route("GET", "/api/sessions", ListSessions),
    Route("GET", "/api/sessions/{session_id}", GetSession),
    Route(
        "POST", "/api/sessions/{session_id}/bookings", BookSeats, status=201, location="/api/bookings/{id}"
    ),
    Route("POST", "/api/sessions/{session_id}/waitlist", JoinWaitlist, status=201),
    Route("DELETE", "/api/sessions/{session_id}/waitlist", LeaveWaitlist, status=204),
    Route("GET", "/api/waitlist", ListWaitlist),
    Route("POST", "/api/waitlist/{entry_id}/accept", AcceptOffer, status=201, location="/api/bookings/{id}"),
    Route("POST", "/api/packages/{offer_id}/purchase", PurchasePackage, status=201),
    Route("GET", "/api/packages", ListPackages),
    Route("GET", "/api/packages/{package_id}/payment", GetPackagePayment),
    Route("GET", "/api/bookings/{booking_id}/payment", GetBookingPayment),
    Route("POST", "/api/payments/stripe", HearStripe, status=204, read=signed_by_stripe),
    Route("GET", "/api/admin/payments", ListPayments),
    Route("POST", "/api/admin/payments/{payment_id}/settle", SettlePayment),
    Route("GET", "/api/me/classes", ListClasses),
    Route("GET", "/api/tutor/students", ListStudents),
    Route("GET", "/api/admin/ledger", ListLedger),
)
