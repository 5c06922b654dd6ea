"""Accounts, tutors and courses as others see them.

What only a tutor and the admins may know of a profile is left out here for everybody else;
whether somebody may see it at all is decided at the door.
"""

from __future__ import annotations

from decimal import Decimal

from contracts.catalog import (
    AccountView,
    CourseView,
    EnrolmentView,
    PackageOfferView,
    SubjectView,
    TaughtSubjectView,
    TutorCard,
    TutorView,
)
from services.catalog.domain import Account, Course, Enrolment, PackageOffer, Subject, TutorProfile


def account_view(account: Account) -> AccountView:
    return AccountView(
        id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,
        timezone=account.timezone,
        locale=account.locale,
        created_at=account.created_at,
        version=account.version,
        tutor_profile_id=account.tutor_profile_id,
    )


def tutor_card(profile: TutorProfile, hourly_rate: Decimal) -> TutorCard:
    """The tutor in a list, at the rate of what was searched for."""
    said, standing = profile.presentation, profile.standing
    return TutorCard(
        id=profile.id,
        tutor_profile_id=profile.id,
        user_id=profile.account_id,
        name=profile.name,
        title=said.title,
        headline=said.headline,
        hourly_rate=hourly_rate,
        currency=said.currency,
        average_rating=standing.average_rating,
        total_reviews=standing.total_reviews,
        subjects=[each.name for each in said.subjects],
        experience_years=said.experience_years,
        profile_photo_url=said.profile_photo_url,
    )


def tutor_view(profile: TutorProfile, inside: bool) -> TutorView:
    """The whole profile; its status and the reason for it only from `inside`."""
    said, standing = profile.presentation, profile.standing
    return TutorView(
        id=profile.id,
        tutor_profile_id=profile.id,
        user_id=profile.account_id,
        name=profile.name,
        title=said.title,
        headline=said.headline,
        bio=said.bio,
        hourly_rate=said.hourly_rate,
        currency=said.currency,
        average_rating=standing.average_rating,
        total_reviews=standing.total_reviews,
        subjects=[each.name for each in said.subjects],
        subject_rates=[
            TaughtSubjectView(each.subject_id, each.name, said.rate_of(each)) for each in said.subjects
        ],
        experience_years=said.experience_years,
        languages=list(said.languages),
        certifications=list(said.certifications),
        education=list(said.education),
        timezone=profile.timezone,
        version=profile.version,
        reliability=standing.reliability,
        profile_photo_url=said.profile_photo_url,
        status=profile.status if inside else None,
        rejection_reason=profile.reason if inside else None,
    )


def subject_view(subject: Subject) -> SubjectView:
    return SubjectView(id=subject.id, name=subject.name)


def course_view(course: Course) -> CourseView:
    return CourseView(
        id=course.id,
        tutor_profile_id=course.tutor_profile_id,
        subject_id=course.subject.id,
        subject_name=course.subject.name,
        title=course.title,
        description=course.description,
        duration_minutes=course.duration_minutes,
        kind=course.kind,
        currency=course.currency,
        version=course.version,
        price=course.price,
    )


def enrolment_view(enrolment: Enrolment) -> EnrolmentView:
    course = enrolment.course
    return EnrolmentView(
        course_id=course.id,
        course_title=course.title,
        subject_name=course.subject.name,
        tutor_profile_id=course.tutor_profile_id,
        student_id=enrolment.student_id,
        enrolled_at=enrolment.enrolled_at,
        version=enrolment.version,
    )


def package_offer_view(offer: PackageOffer) -> PackageOfferView:
    return PackageOfferView(
        id=offer.id,
        tutor_profile_id=offer.tutor_profile_id,
        name=offer.name,
        credits=offer.credits,
        price=offer.price,
        currency=offer.currency,
        valid_days=offer.valid_days,
        version=offer.version,
        course_id=offer.course_id,
    )
