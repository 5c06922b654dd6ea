"""Making the programme so: courses are followed, packages bought, series agreed on, sessions filled.

What an earlier, interrupted making did is found and left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from chassis.context import Actor
from contracts.booking import (
    BookSeats,
    CreateSeries,
    CreateSession,
    Frequency,
    GetPackagePayment,
    GetSeries,
    JoinWaitlist,
    ListOwnSessions,
    ListPackages,
    ListSeries,
    OccurrenceView,
    PackageView,
    PaymentStatus,
    PaymentView,
    PreviewSeries,
    PurchasePackage,
    SeriesDetail,
    SeriesTerms,
    SessionView,
    SettlePayment,
)
from contracts.catalog import Enrol
from contracts.errors import (
    AlreadyBooked,
    AlreadyStarted,
    AlreadyWaiting,
    NotByHand,
    NotFound,
    SubjectNotTaught,
    TutorNotApproved,
    WrongStatus,
)
from deploy.demo.doors import Doors, together
from deploy.demo.opening import Company
from deploy.demo.programme import Following, Programme, Purchase, Series, Session

# What booking says until it has learned of a tutor, a course, an offer.
NOT_LEARNED_YET = (NotFound, SubjectNotTaught, TutorNotApproved)

# What is said to who has a seat, or a place in the line, or comes too late for one.
PASSED = (AlreadyBooked, AlreadyStarted, AlreadyWaiting, WrongStatus)


@dataclass(frozen=True)
class Attendance:
    """The programme as it comes to be."""

    doors: Doors
    company: Company
    admin: Actor
    programme: Programme

    def begin(self) -> None:
        """What stands from the first stop on; the series are paid from the packages."""
        followings = [partial(self._follow, following) for following in self.programme.followings]
        purchases = [partial(self._buy, purchase) for purchase in self.programme.purchases]
        together([*followings, *purchases])
        together(partial(self._agree, series) for series in self.programme.series)

    def hold(self, stop: int) -> None:
        """Announce the sessions of this stop, and have their seats taken and waited for, in their order."""
        together(partial(self._hold, session) for session in self.programme.sessions if session.stop == stop)

    def settled(self) -> list[Series]:
        """Wait until time has made all of each series; those that have come out otherwise all the same."""
        self.doors.wait_until(lambda: not self._astray())
        return self._astray()

    # --- steps ------------------------------------------------------------------------------------------

    def _follow(self, following: Following) -> None:
        course = self.company.course(following.tutor, following.course)
        self.doors.ask(Enrol(course), self.company.of(following.student))

    def _buy(self, purchase: Purchase) -> None:
        """The package, and an admin sees it paid."""
        package = self._bought(purchase) or self._purchased(purchase)
        self.doors.wait_until(lambda: self._payment(package).status is not PaymentStatus.DUE)
        self.doors.ask_once(SettlePayment(self._payment(package).id), self.admin, NotByHand)

    def _purchased(self, purchase: Purchase) -> PackageView:
        wanted = PurchasePackage(self.company.offer(purchase.tutor, purchase.package))
        return self.doors.ask_when_known(wanted, self.company.of(purchase.student), *NOT_LEARNED_YET)

    def _agree(self, series: Series) -> None:
        """As soon as the preview shows the days off, and nothing else in the way."""
        if self._agreed(series) is not None:
            return
        terms, student = vars(self._terms(series)), self.company.of(series.student)
        preview = PreviewSeries(**terms)
        self.doors.wait_until(
            lambda: _refused(self.doors.ask(preview, student).occurrences) == series.skipped
        )
        self.doors.ask(CreateSeries(**terms), student)

    def _hold(self, session: Session) -> None:
        view = self._announced(session) or self._announce(session)
        for student in session.students:
            self.doors.ask_once(BookSeats(view.id), self.company.of(student), *PASSED)
        for student in session.waiting:
            self.doors.ask_once(JoinWaitlist(view.id), self.company.of(student), *PASSED)

    def _announce(self, session: Session) -> SessionView:
        course = self.company.course(session.tutor, session.course)
        wanted = CreateSession(course, session.start, session.capacity)
        return self.doors.ask_when_known(wanted, self.company.of(session.tutor.person), *NOT_LEARNED_YET)

    # --- looking ----------------------------------------------------------------------------------------

    def _bought(self, purchase: Purchase) -> PackageView | None:
        tutor = self.company.of(purchase.tutor.person)
        theirs = self.doors.ask(ListPackages(tutor.profile_id), self.company.of(purchase.student)).items
        return next((view for view in theirs if view.name == purchase.package.name), None)

    def _payment(self, package: PackageView) -> PaymentView:
        return self.doors.ask(GetPackagePayment(package.id), self.admin)

    def _agreed(self, series: Series) -> SeriesDetail | None:
        student, course = self.company.of(series.student), self.company.course(series.tutor, series.course)
        theirs = self.doors.ask(ListSeries(), student).items
        found = next((view.id for view in theirs if view.course_id == course), None)
        return None if found is None else self.doors.ask(GetSeries(found), student)

    def _announced(self, session: Session) -> SessionView | None:
        wanted = ListOwnSessions(course_id=self.company.course(session.tutor, session.course))
        theirs = self.doors.ask(wanted, self.company.of(session.tutor.person)).items
        return next((view for view in theirs if view.start_at == session.start), None)

    def _astray(self) -> list[Series]:
        return [series for series in self.programme.series if not self._is_as_planned(series)]

    def _is_as_planned(self, series: Series) -> bool:
        view = self._agreed(series)
        made = [] if view is None else view.occurrences
        return (len(made), _refused(made)) == (len(series.starts) + series.skipped, series.skipped)

    def _terms(self, series: Series) -> SeriesTerms:
        bought = self._bought(series.purchase)
        return SeriesTerms(
            frequency=Frequency.WEEKLY,
            start_date=series.first,
            start_time=series.clock,
            timezone=series.tutor.person.zone,
            tutor_profile_id=self.company.of(series.tutor.person).profile_id,
            course_id=self.company.course(series.tutor, series.course),
            duration_minutes=series.course.minutes,
            use_package_id=bought.id if bought else None,
        )


def _refused(occurrences: Sequence[OccurrenceView]) -> int:
    return sum(occurrence.reason is not None for occurrence in occurrences)
