"""A tutor's profile through its life, and finding tutors."""

from __future__ import annotations

from chassis.service import Service, answers, consumes, every
from chassis.unit import Unit
from contracts.booking import ReliabilityChanged
from contracts.catalog import (
    ApproveTutor,
    GetTutor,
    GetTutorProfile,
    ReinstateTutor,
    RejectTutor,
    SaveTutorProfile,
    SearchTutors,
    SubmitTutorProfile,
    SuspendTutor,
    TutorPage,
    TutorView,
)
from contracts.errors import NotFound, Unauthenticated
from contracts.reviews import RatingChanged
from services.catalog.domain import Presentation, Step, Taught, TutorProfile, insist_on_version, teach
from services.catalog.store import Listings, Subjects, Tutors
from services.catalog.views import tutor_card, tutor_view


class TutorDoors(Service):
    @answers(SearchTutors)
    def search(self, request: SearchTutors, unit: Unit) -> TutorPage:
        found, total = Listings(unit.connection).search(request)
        rates = {each.tutor_profile_id: each.hourly_rate for each in found}
        profiles = Tutors(unit.connection).several(list(rates))
        cards = [tutor_card(profile, rates[profile.id]) for profile in profiles]
        return TutorPage(items=cards, total=total, page=request.page, page_size=request.page_size)

    @answers(GetTutor)
    def get(self, request: GetTutor, unit: Unit) -> TutorView:
        profile = visible_profile(request.tutor_profile_id, unit)
        return tutor_view(profile, _is_inside(profile, unit))

    @answers(GetTutorProfile)
    def get_own(self, _: GetTutorProfile, unit: Unit) -> TutorView:
        return tutor_view(Tutors(unit.connection).get(unit.actor.profile_id), inside=True)

    @answers(SaveTutorProfile)
    def save_own(self, request: SaveTutorProfile, unit: Unit) -> TutorView:
        profile = lock_own(unit)
        insist_on_version(request.expected_version, profile.version)
        names = Subjects(unit.connection).names(each.subject_id for each in request.subjects)
        said = _presentation(request, teach(request.subjects, names))
        return tutor_view(save(profile, profile.presented(said), unit), inside=True)

    @answers(SubmitTutorProfile)
    def submit(self, _: SubmitTutorProfile, unit: Unit) -> TutorView:
        return _move(unit.actor.profile_id, Step.SUBMIT, unit)

    @answers(ApproveTutor)
    def approve(self, request: ApproveTutor, unit: Unit) -> TutorView:
        return _move(request.tutor_profile_id, Step.APPROVE, unit)

    @answers(RejectTutor)
    def reject(self, request: RejectTutor, unit: Unit) -> TutorView:
        return _move(request.tutor_profile_id, Step.REJECT, unit, request.reason)

    @answers(SuspendTutor)
    def suspend(self, request: SuspendTutor, unit: Unit) -> TutorView:
        return _move(request.tutor_profile_id, Step.SUSPEND, unit, request.reason)

    @answers(ReinstateTutor)
    def reinstate(self, request: ReinstateTutor, unit: Unit) -> TutorView:
        return _move(request.tutor_profile_id, Step.REINSTATE, unit)

    @consumes(RatingChanged)
    def learn_rating(self, event: RatingChanged, unit: Unit) -> None:
        Tutors(unit.connection).learn_rating(event)

    @consumes(ReliabilityChanged)
    def learn_reliability(self, event: ReliabilityChanged, unit: Unit) -> None:
        Tutors(unit.connection).learn_reliability(event)

    @every(hours=24)
    def refresh_words(self, unit: Unit) -> None:
        Listings(unit.connection).refresh_words()


def lock_own(unit: Unit) -> TutorProfile:
    """The caller's profile, locked, unless it was erased meanwhile. Raises `Unauthenticated`."""
    profile = Tutors(unit.connection).lock(unit.actor.profile_id)
    if profile.erased:
        raise Unauthenticated()
    return profile


def visible_profile(tutor_profile_id: int, unit: Unit) -> TutorProfile:
    """The profile, if whoever asks may see it. Raises `NotFound`."""
    profile = Tutors(unit.connection).get(tutor_profile_id)
    if not (profile.listed or _is_inside(profile, unit)):
        raise NotFound()
    return profile


def save(before: TutorProfile, profile: TutorProfile, unit: Unit) -> TutorProfile:
    """Keep a changed profile, have it found as it is now, and tell; nothing where it is as before."""
    if profile is before:
        return profile
    Tutors(unit.connection).save(profile)
    if profile.listed:
        Listings(unit.connection).put(profile)
    else:
        Listings(unit.connection).remove(profile.id)
    unit.tell(profile.told())
    return profile


def _is_inside(profile: TutorProfile, unit: Unit) -> bool:
    """Whether it is shown to its own tutor, or an admin."""
    return unit.actor.is_admin or unit.actor.tutor_profile_id == profile.id


def _move(tutor_profile_id: int, step: Step, unit: Unit, reason: str | None = None) -> TutorView:
    profile = Tutors(unit.connection).lock(tutor_profile_id)
    return tutor_view(save(profile, profile.moved(step, reason), unit), inside=True)


def _presentation(request: SaveTutorProfile, subjects: tuple[Taught, ...]) -> Presentation:
    return Presentation(
        title=request.title,
        headline=request.headline,
        bio=request.bio,
        hourly_rate=request.hourly_rate,
        currency=request.currency,
        experience_years=request.experience_years,
        profile_photo_url=request.profile_photo_url,
        languages=tuple(request.languages),
        certifications=tuple(request.certifications),
        education=tuple(request.education),
        subjects=subjects,
    )
