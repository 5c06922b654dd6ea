"""What each service copies of others' facts: the owner's truth beside the keeper's copy, to be compared.

Each query lists the same things in the same words; as sets they are equal once everybody has heard.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Copy:
    """Of what, whose truth, and who keeps a copy of it."""

    what: str
    owner: str
    truth: str
    keeper: str
    copy: str

    def __str__(self) -> str:
        return f"{self.keeper}'s copy of {self.what}"


_BOOKINGS = "SELECT id, status, version FROM bookings"
_ACCOUNTS = "SELECT id, name, version FROM accounts"

COPIES = (
    Copy(
        "lessons",
        "booking",
        """SELECT id, tutor_profile_id, student_id, start_at, end_at, blocked_from, blocked_to, expires_at,
           session_id IS NOT NULL AS in_session, status IN ('HELD', 'PENDING', 'CONFIRMED') AS active, version
           FROM bookings""",
        "scheduling",
        """SELECT booking_id, tutor_profile_id, student_id, start_at, end_at, blocked_from, blocked_to,
           expires_at, in_session, active, version FROM lessons""",
    ),
    Copy(
        "sessions",
        "booking",
        """SELECT id, tutor_profile_id, start_at, blocked_from, blocked_to,
           status = 'scheduled' AS scheduled, version FROM sessions""",
        "scheduling",
        """SELECT session_id, tutor_profile_id, start_at, blocked_from, blocked_to, scheduled, version
           FROM sessions""",
    ),
    Copy(
        "policies",
        "booking",
        """SELECT tutor_profile_id, coalesce(course_id, 0), version, terms->'min_notice_hours' AS notice,
           terms->'buffer_after_minutes' AS buffer, terms->'max_bookings_per_day' AS most FROM policies""",
        "scheduling",
        """SELECT tutor_profile_id, course_id, version, terms->'min_notice_hours' AS notice,
           terms->'buffer_after_minutes' AS buffer, terms->'max_bookings_per_day' AS most FROM policies""",
    ),
    Copy(
        "tutors",
        "catalog",
        "SELECT id, status, version FROM tutor_profiles",
        "scheduling",
        "SELECT tutor_profile_id, status, version FROM tutors",
    ),
    Copy(
        "courses",
        "catalog",
        "SELECT id, tutor_profile_id, duration_minutes, kind, active, version FROM courses",
        "scheduling",
        "SELECT course_id, tutor_profile_id, duration_minutes, kind, active, version FROM courses",
    ),
    Copy(
        "tutors",
        "catalog",
        "SELECT id, account_id, status, hourly_rate, currency, version FROM tutor_profiles",
        "booking",
        "SELECT tutor_profile_id, account_id, status, hourly_rate, currency, version FROM tutors",
    ),
    Copy(
        "courses",
        "catalog",
        "SELECT id, subject_id, title, duration_minutes, kind, active, price, version FROM courses",
        "booking",
        "SELECT course_id, subject_id, title, duration_minutes, kind, active, price, version FROM courses",
    ),
    Copy(
        "package offers",
        "catalog",
        "SELECT id, course_id, credits, price, currency, valid_days, version FROM package_offers",
        "booking",
        "SELECT offer_id, course_id, credits, price, currency, valid_days, version FROM package_offers",
    ),
    Copy(
        "accounts",
        "catalog",
        "SELECT id, name, email, version FROM accounts",
        "booking",
        "SELECT account_id, name, email, version FROM accounts",
    ),
    Copy(
        "the zone and the telling of hours",
        "scheduling",
        "SELECT tutor_profile_id, timezone, told FROM schedules",
        "booking",
        "SELECT tutor_profile_id, timezone, version FROM open_hours",
    ),
    Copy(
        "open hours",
        "scheduling",
        """SELECT (said->>'tutor_profile_id')::bigint AS tutor, (told->>'start_at')::timestamptz AS start_at,
           (told->>'end_at')::timestamptz AS end_at
           FROM (SELECT DISTINCT ON (data->'tutor_profile_id') data AS said
                 FROM (SELECT position, convert_from(body, 'UTF8')::jsonb->'data' AS data
                       FROM outbox WHERE routing_key = 'open_hours_changed') AS tellings
                 ORDER BY data->'tutor_profile_id', position DESC) AS last,
           jsonb_array_elements(said->'intervals') AS told""",
        "booking",
        "SELECT tutor_profile_id, start_at, end_at FROM open_intervals",
    ),
    Copy(
        "bookings",
        "booking",
        _BOOKINGS,
        "reviews",
        "SELECT booking_id, status, version FROM lessons",
    ),
    Copy("names", "catalog", _ACCOUNTS, "reviews", "SELECT account_id, name, version FROM people"),
    Copy(
        "which tutors there are",
        "catalog",
        "SELECT id, version FROM tutor_profiles",
        "reviews",
        "SELECT tutor_profile_id, version FROM tutors",
    ),
    Copy(
        "bookings",
        "booking",
        _BOOKINGS,
        "notifications",
        "SELECT booking_id, booking->>'status', version FROM lessons",
    ),
    Copy("names", "catalog", _ACCOUNTS, "notifications", "SELECT account_id, name, version FROM accounts"),
    Copy(
        "ratings",
        "reviews",
        """SELECT tutor_profile_id, count(*), round(avg(rating), 2) FROM reviews
           WHERE removed_at IS NULL AND hidden_reason IS NULL GROUP BY tutor_profile_id""",
        "catalog",
        "SELECT tutor_profile_id, total_reviews, average_rating FROM ratings",
    ),
    Copy(
        "reliabilities",
        "booking",
        "SELECT tutor_profile_id, round(kept::numeric / finished, 4) FROM reliabilities",
        "catalog",
        "SELECT tutor_profile_id, round(reliability::numeric, 4) FROM reliabilities",
    ),
)
