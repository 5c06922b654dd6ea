"""Where reviews are asked for and written."""

from __future__ import annotations

from contracts.reviews import (
    CreateReview,
    HideReview,
    ListReviews,
    RemoveReview,
    ReplyToReview,
    ReportReview,
    ShowReview,
    UpdateReview,
)
from gateway.routes import Route

ROUTES = (
    Route("POST", "/api/reviews", CreateReview, status=201),
    Route("GET", "/api/tutors/{tutor_profile_id}/reviews", ListReviews),
    Route("PATCH", "/api/reviews/{review_id}", UpdateReview),
    Route("DELETE", "/api/reviews/{review_id}", RemoveReview, status=204),
    Route("POST", "/api/reviews/{review_id}/reply", ReplyToReview),
    Route("POST", "/api/reviews/{review_id}/report", ReportReview, status=204),
    Route("POST", "/api/admin/reviews/{review_id}/hide", HideReview),
    Route("POST", "/api/admin/reviews/{review_id}/show", ShowReview),
)
