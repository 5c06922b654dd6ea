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

BOOKING = {
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
    catalog.RefreshSession: {"refresh_token": "b3BhcXVl"},
    catalog.LogOut: {"refresh_token": "b3BhcXVl"},
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
    booking.GenerateSessionsOnSchedule: {"weeksAhead": 8},
    booking.CancelSession: {"reason": "I have caught a cold."},
    booking.BookSeats: {"seats_reserved": 2, "notes_student": "My sister comes with me."},
    booking.AcceptOffer: {"notes_student": "I am glad that it worked out."},
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
    notifications.CreateWebhook: {
        "url": "https://school.example/hooks/tutoring",
        "event_types": ["booking_confirmed", "booking_cancelled"],
        "description": "The timetable of the school",
    },
    notifications.UpdateWebhook: {"status": "active", "rotate_secret": True},
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
    booking.BookingView: BOOKING,
    booking.SessionView: {
        "id": 7,
        "tutor_profile_id": 10,
        "tutor_name": "Jane Smith",
        "course_id": 81,
        "course_title": "Geometry in groups",
        "subject_id": 5,
        "subject_name": "Mathematics",
        "start_at": "2027-01-27T17:00:00Z",
        "end_at": "2027-01-27T18:00:00Z",
        "duration_minutes": 60,
        "timezone_snapshot": "Europe/London",
        "capacity": 12,
        "seats_taken": 9,
        "seats_left": 3,
        "seat_price": 15.00,
        "currency": "USD",
        "status": "scheduled",
        "meeting_provider": "zoom",
        "created_at": "2027-01-21T10:00:00Z",
        "updated_at": "2027-01-22T09:30:00Z",
        "version": 10,
    },
    booking.WaitlistEntryView: {
        "id": 3,
        "session_id": 7,
        "status": "waiting",
        "course_title": "Geometry in groups",
        "start_at": "2027-01-27T17:00:00Z",
        "joined_at": "2027-01-22T10:00:00Z",
        "version": 1,
        "position": 1,
    },
    booking.SeriesDetail: {
        **WEEKLY,
        "id": 12,
        "student_id": 42,
        "student_name": "John Doe",
        "tutor_name": "Jane Smith",
        "subject_name": "Mathematics",
        "status": "active",
        "upcoming": [
            {
                **BOOKING,
                "start_time": "2027-01-26T18:00:00Z",
                "end_time": "2027-01-26T19:00:00Z",
                "series_id": 12,
                "occurrence_index": 1,
            }
        ],
        "occurrences": [
            {
                "occurrence_index": 1,
                "start_at": "2027-01-26T18:00:00Z",
                "status": "booked",
                "booking_id": 100,
            },
            {
                "occurrence_index": 2,
                "start_at": "2027-01-28T18:00:00Z",
                "status": "skipped",
                "reason": "not_open",
            },
        ],
        "created_at": "2027-01-21T10:00:00Z",
        "updated_at": "2027-01-21T10:00:00Z",
        "version": 1,
    },
    booking.PackageView: {
        "id": 6,
        "offer_id": 11001,
        "tutor_profile_id": 10,
        "tutor_name": "Jane Smith",
        "name": "Ten lessons",
        "credits_total": 10,
        "credits_left": 10,
        "price": 400.00,
        "platform_fee": 60.00,
        "total_amount": 460.00,
        "currency": "USD",
        "purchased_at": "2027-01-21T10:00:00Z",
        "expires_at": "2027-07-20T10:00:00Z",
        "status": "active",
        "version": 1,
    },
    notifications.WebhookView: {
        "id": 4,
        "url": "https://school.example/hooks/tutoring",
        "event_types": ["booking_cancelled", "booking_confirmed"],
        "description": "The timetable of the school",
        "status": "active",
        "created_at": "2027-01-21T10:00:00Z",
        "version": 1,
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    },
    notifications.WebhookDelivery: {
        "id": 15,
        "webhook_id": 4,
        "event_id": "018f3a52-6d1c-7c3e-9b0a-5f2d8e4c1a77",
        "event_type": "booking_confirmed",
        "status": "queued",
        "created_at": "2027-01-21T10:00:00Z",
        "attempts": [{"at": "2027-01-21T10:00:01Z", "duration_ms": 182, "status": 503}],
        "next_attempt_at": "2027-01-21T10:00:06Z",
    },
}

# What is answered by a stream.
STREAMS: dict[type, str] = {
    notifications.ListLiveEvents: """\
retry: 3000
id: 40

id: 41
event: enrolment_changed
data: {"course_id": 81, "student_id": 42, "tutor_profile_id": 10, "course_title": "Geometry in groups", \
"active": true, "enrolled_at": "2027-01-21T10:00:00Z", "version": 1}

""",
}
