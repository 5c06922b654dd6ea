"""Recurring series: agreeing on one, looking at it, pausing, resuming and ending it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from chassis.service import Service, answers
from chassis.unit import Unit
from contracts.booking import (
    WEEKS_AHEAD,
    BookingType,
    CancelSeries,
    CreateSeries,
    GetSeries,
    ListSeries,
    PauseSeries,
    PreviewSeries,
    ResumeSeries,
    SeriesDetail,
    SeriesPage,
    SeriesPreview,
    SeriesTerms,
    SeriesView,
)
from contracts.catalog import CourseKind, Role
from contracts.errors import DurationNotOffered, Invalid, Refusal
from services.booking.domain import Booking, Item, Series, Side
from services.booking.offer import Offer, refused
from services.booking.recurrence import MOST_AHEAD, recurrence_of
from services.booking.series import (
    only_terms,
    preview,
    series_changed,
    series_detail,
    series_view,
)
from services.booking.service.occurrences import make, note, weeks_ahead
from services.booking.service.queue import lock_sessions
from services.booking.service.sessions import ended
from services.booking.service.steps import advance, all_seen, asker
from services.booking.service.taking import offer_to
from services.booking.store import Accounts, AllSeries, Bookings, Occurrences, WantedSeries

NEXT = 10  # bookings that a series shows
PREVIEWED = 60  # occurrences


class RecurringSeries(Service):
    @answers(CreateSeries)
    def agree(self, request: CreateSeries, unit: Unit) -> SeriesDetail:
        series, _ = self._begin(request, unit)
        return _detail(unit, series)

    @answers(PreviewSeries)
    def preview_series(self, request: PreviewSeries, unit: Unit) -> SeriesPreview:
        """The very series that would be agreed on, not written down."""
        trial = unit.connection.begin_nested()
        series, items = self._begin(request, unit)
        trial.rollback()
        later = series.to_make(unit.now + 2 * MOST_AHEAD)
        return preview(items, islice(later, max(0, PREVIEWED - len(items))))

    @answers(GetSeries)
    def get_series(self, request: GetSeries, unit: Unit) -> SeriesDetail:
        return _detail(unit, AllSeries(unit.connection).get(request.series_id, unit.actor))

    @answers(ListSeries)
    def list_series(self, request: ListSeries, unit: Unit) -> SeriesPage:
        wanted = WantedSeries(request.status, request.page, request.page_size)
        found, total = AllSeries(unit.connection).page(wanted, unit.actor)
        return SeriesPage(_seen(unit, found), total, request.page, request.page_size)

    @answers(CancelSeries)
    def cancel_series(self, request: CancelSeries, unit: Unit) -> SeriesDetail:
        series = AllSeries(unit.connection).get(request.series_id, unit.actor, to_change=True)
        cancelled = change(unit, series.cancel(unit.now, request.from_occurrence), series)
        by, goes_too = asker(unit), _begun_goes_too(request, unit)
        bookings = _locked(unit, series, request.from_occurrence or 1)
        meant = [booking for booking in bookings if goes_too or unit.now < booking.start_at]
        advance(unit, *(ended(booking, by, unit, request.reason) for booking in meant))
        return _detail(unit, cancelled)

    @answers(PauseSeries)
    def pause_series(self, request: PauseSeries, unit: Unit) -> SeriesDetail:
        series = AllSeries(unit.connection).get(request.series_id, unit.actor, to_change=True)
        return _detail(unit, change(unit, series.pause(unit.now), series))

    @answers(ResumeSeries)
    def resume_series(self, request: ResumeSeries, unit: Unit) -> SeriesDetail:
        series = AllSeries(unit.connection).get(request.series_id, unit.actor, to_change=True)
        resumed = change(unit, series.resume(unit.now), series)
        caught_up = note(resumed, resumed.missed(unit.now), unit.now, unit)
        made, _ = make(caught_up, weeks_ahead(WEEKS_AHEAD, unit.now), unit, self.settings)
        return _detail(unit, made)

    def _begin(self, request: CreateSeries | PreviewSeries, unit: Unit) -> tuple[Series, list[Item]]:
        series = _agreed(request, unit)
        AllSeries(unit.connection).add(series)
        unit.tell(series_changed(series))
        return make(series, weeks_ahead(WEEKS_AHEAD, unit.now), unit, self.settings)


def change(unit: Unit, changed: Series, former: Series | None = None) -> Series:
    """Write the next version of a series, and tell it; the former one, where somebody asked for the next."""
    AllSeries(unit.connection).save(changed)
    by = Role(unit.actor.role) if former else None
    unit.tell(series_changed(changed, former, by))
    return changed


def _agreed(request: SeriesTerms, unit: Unit) -> Series:
    """The series that is asked for. Raises as `CreateSeries` says."""
    recurrence_of(request, unit.now)
    offer = _offer(request, unit)
    if reasons := [*offer.why_not(), *_against_duration(offer, request)]:
        raise refused(reasons, "start_date")
    assert offer.subject is not None, "the offer has nothing against it"
    return Series(
        id=AllSeries(unit.connection).next_id(),
        student_id=unit.actor.id,
        tutor_account_id=offer.tutor.account_id,
        subject_name=offer.subject.name,
        terms=only_terms(request),
        created_at=unit.now,
        updated_at=unit.now,
        made_until=unit.now,
    )


def _offer(request: SeriesTerms, unit: Unit) -> Offer:
    if request.booking_type is BookingType.ONE_ON_ONE:
        return offer_to(request, unit)
    if request.course_id is None:
        detail = "Seats are taken in the sessions of a course."
        raise Invalid(errors=[{"pointer": "/course_id", "detail": detail}])
    return offer_to(request, unit, CourseKind.GROUP)


def _against_duration(offer: Offer, request: SeriesTerms) -> Iterator[type[Refusal]]:
    """A lesson alone has a duration that is offered; a seat takes as long as the session."""
    alone = request.booking_type is BookingType.ONE_ON_ONE
    if alone and request.duration_minutes not in offer.series_limits.durations:
        yield DurationNotOffered


def _locked(unit: Unit, series: Series, first: int) -> list[Booking]:
    """The active bookings of the series from its n-th occurrence on, to be changed."""
    bookings = Bookings(unit.connection)
    sessions = (booking.session_id for booking in bookings.of_series(series.id, first))
    lock_sessions(unit, *(session_id for session_id in sessions if session_id is not None))
    return bookings.of_series(series.id, first, to_change=True)


def _begun_goes_too(request: CancelSeries, unit: Unit) -> bool:
    """What has begun stays, unless it is meant as well; a student can not cancel it any more."""
    return not request.future_only and asker(unit).side is not Side.STUDENT


def _detail(unit: Unit, series: Series) -> SeriesDetail:
    return series_detail(_seen(unit, [series])[0], Occurrences(unit.connection).of(series.id))


def _seen(unit: Unit, found: Sequence[Series]) -> list[SeriesView]:
    """The series as whoever asks may see them, each with its next bookings."""
    people = [person for series in found for person in (series.student_id, series.tutor_account_id)]
    contacts = Accounts(unit.connection).contacts(people)
    ids = [series.id for series in found]
    coming = all_seen(unit, Bookings(unit.connection).coming_of_series(ids, unit.now, NEXT))
    return [
        series_view(
            series,
            contacts,
            Side(unit.actor.role),
            [booking for booking in coming if booking.series_id == series.id],
        )
        for series in found
    ]
