"""Examples for the API's description: bodies that can be sent as they stand, and what comes back.

A test sends each through its contract's schema.
"""

from __future__ import annotations

from typing import Any

from contracts import booking, catalog, notifications, reviews, scheduling
from gateway.identity import TokensView

WEEKLY = {
    "tutor_profile_id": 10,
    "subject_id": 5,
    "duration_minutes": 60,
    "frequency": "weekly",
    "days_of_week": [2, 4],
    "start_date": "2027-01-26",
    "start_time": "18:00",
    "timezone": "Europe/London",
    "until_date": "2027-06-30",
}

BODIES: dict[type, dict[str, Any]] = {
    catalog.Register: {
        "email": "ada@example.org",
        "password": "correct horse battery",
        "name": "Ada Lovelace",
        "role": "student",
        "timezone": "Europe/London",
        "locale": "en",
    },
    catalog.LogIn: {"email": "student@demo.example", "password": "demo-password"},
    catalog.UpdateMe: {"timezone": "America/New_York"},
    catalog.CreateSubject: {"name": "Mathematics"},
    catalog.SaveTutorProfile: {
        "title": "Math Expert",
        "headline": "10 years of teaching experience",
        "bio": "I explain until it is simple.",
        "hourly_rate": 45.00,
        "currency": "USD",
        "experience_years": 10,
        "languages": ["en", "de"],
        "certifications": [{"name": "PGCE", "issuer": "University of Leeds", "year": 2014}],
        "education": [{"school": "University of Leeds", "degree": "BSc Mathematics", "year": 2012}],
        "subjects": [{"subject_id": 5}, {"subject_id": 6, "hourly_rate": 50.00}],
    },
    catalog.RejectTutor: {"reason": "Please say more about your experience."},
    catalog.SuspendTutor: {"reason": "Under review."},
    catalog.CreateCourse: {
        "subject_id": 5,
        "title": "Calculus from scratch",
        "duration_minutes": 60,
        "kind": "one_on_one",
        "price": 40.00,
    },
    catalog.OfferPackage: {"name": "Ten lessons", "credits": 10, "price": 400.00, "valid_days": 180},
    catalog.UpdateCourse: {"title": "Calculus, gently"},
    scheduling.ReplaceAvailability: {
        "timezone": "Europe/London",
        "weekly_hours": [
            {"weekday": 1, "start": "09:00", "end": "17:00"},
            {"weekday": 3, "start": "18:00", "end": "24:00"},
        ],
    },
    scheduling.AddOverride: {"date": "2027-01-04", "intervals": [], "note": "A day off"},
    scheduling.AddAddition: {"date": "2027-01-09", "start": "10:00", "end": "12:00"},
    scheduling.AddTimeOff: {"start_at": "2027-02-01T00:00:00Z", "end_at": "2027-02-08T00:00:00Z"},
    scheduling.AddCalendar: {
        "url": "https://calendar.example/ada/private-3f9c/basic.ics",
        "name": "Family",
    },
    booking.ReplacePolicy: {
        "min_notice_hours": 12,
        "durations_minutes": [30, 60],
        "refund_tiers": [{"hours_before": 24, "percent": 100}, {"hours_before": 6, "percent": 50}],
    },
    booking.CreateBooking: {
        "tutor_profile_id": 10,
        "start_at": "2027-01-25T14:00:00Z",
        "duration_minutes": 60,
        "lesson_type": "video_call",
        "subject_id": 5,
        "notes_student": "Need help with calculus homework",
    },
    booking.CreateSession: {
        "course_id": 81,
        "start_at": "2027-01-27T17:00:00Z",
        "capacity": 12,
        "seat_price": 15.00,
        "meeting_provider": "zoom",
        "meeting_link": "https://zoom.example/j/81234567890",
        "meeting_id": "812 3456 7890",
        "meeting_passcode": "pythagoras",
    },
    booking.CreateSeries: WEEKLY,
    booking.PreviewSeries: WEEKLY,
    booking.CancelSeries: {"from_occurrence": 5, "reason": "The exam is over by then."},
    booking.GenerateSessions: {"weeksAhead": 8},
    booking.CancelSession: {"reason": "I have caught a cold."},
    booking.BookSeats: {"seats_reserved": 2, "notes_student": "My sister comes with me."},
    booking.AcceptOffer: {},
    booking.ConfirmBooking: {"notes_tutor": "Looking forward to our session!"},
    booking.DeclineBooking: {"reason": "I am travelling that day."},
    booking.CancelBooking: {"reason": "Schedule conflict, need to reschedule"},
    booking.RescheduleBooking: {"new_start_at": "2027-01-26T14:00:00Z"},
    booking.MarkNoShowStudent: {"notes": "Student did not join session"},
    booking.MarkNoShowTutor: {"notes": "Nobody came."},
    notifications.ReplacePreferences: {
        "channels": {
            "lesson_reminder": {"email": False, "sms": True},
            "review_replied": {"email": False},
        },
        "quiet_hours": {"start": "22:00", "end": "07:30"},
        "phone": "+44 20 7946 0018",
    },
    reviews.CreateReview: {
        "booking_id": 100,
        "rating": 5,
        "comment": "Excellent tutor, very helpful with calculus concepts!",
    },
    reviews.UpdateReview: {"rating": 4},
    reviews.ReplyToReview: {"reply": "Thank you!"},
    reviews.ReportReview: {"reason": "This is not about a lesson."},
    reviews.HideReview: {"reason": "Insulting."},
}

VIEWS: dict[type, dict[str, Any]] = {
    TokensView: {
        "access_token": "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",
        "token_type": "Bearer",
        "expires_in": 600,
        "refresh_token": "b3BhcXVl",
    },
    booking.BookingView: {
        "id": 100,
        "student_id": 42,
        "student_name": "John Doe",
        "tutor_profile_id": 10,
        "tutor_name": "Jane Smith",
        "subject_id": 5,
        "subject_name": "Mathematics",
        "start_time": "2027-01-25T14:00:00Z",
        "end_time": "2027-01-25T15:00:00Z",
        "duration_minutes": 60,
        "lesson_type": "video_call",
        "status": "PENDING",
        "hourly_rate": 45.00,
        "platform_fee": 6.75,
        "total_amount": 51.75,
        "currency": "USD",
        "notes_student": "Need help with calculus homework",
        "created_at": "2027-01-21T10:00:00Z",
        "updated_at": "2027-01-21T10:00:00Z",
        "booking_type": "one_on_one",
        "seats_reserved": 1,
        "in_progress": False,
        "policy": {"min_notice_hours": 24, "refund_tiers": [{"hours_before": 12, "percent": 100}]},
        "version": 1,
    },
}
