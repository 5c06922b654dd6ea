"""What people do about lessons, and the packages that pay for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from hypothesis.stateful import rule

from contracts.booking import (
    CancelBooking,
    CheckOutBooking,
    ConfirmBooking,
    CreateBooking,
    DeclineBooking,
    PreviewCancellation,
    PurchasePackage,
    RescheduleBooking,
    SettlePayment,
)
from contracts.reviews import CreateReview
from tests.teaching import ADMIN
from tests.walk.aims import aims, maybe, minutes, sides, students, times, tutors
from tests.walk.town import ACTIVE, Teacher, Time, Town


class Lessons:
    town: ClassVar[Town]

    @rule(who=students, whom=tutors, when=times, minutes=minutes)
    def take(self, who: int, whom: int, when: Time, minutes: int) -> None:
        student, teacher = self.town.students[who], self.town.teachers[whom]
        self.town.ask(self._wanted(teacher, self.town.at(when), duration_minutes=minutes), student)

    @rule(who=students, whom=tutors, aim=aims)
    def take_what_is_listed(self, who: int, whom: int, aim: int) -> None:
        student, teacher = self.town.students[who], self.town.teachers[whom]
        start = self.town.listed(teacher, student, aim)
        self.town.ask(self._wanted(teacher, start), student)

    @rule(aim=aims)
    def spend_a_credit(self, aim: int) -> None:
        package = self.town.one(
            "packages", aim, "status = 'active' AND course_id IS NULL AND credits_left > 0"
        )
        student, teacher = self.town.student(package), self.town.teacher(package)
        start = self.town.listed(teacher, student, aim)
        wanted = self._wanted(teacher, start, use_package_id=package.id)
        self.town.ask(wanted, student)

    @rule(who=students, whom=tutors, when=times)
    def take_a_lesson_of_a_course(self, who: int, whom: int, when: Time) -> None:
        teacher = self.town.teachers[whom]
        of_course = {"subject_id": None, "course_id": teacher.course_id}
        wanted = self._wanted(teacher, self.town.at(when), **of_course)
        self.town.ask(wanted, self.town.students[who])

    @rule(who=students, whom=tutors, aim=aims, with_credit=maybe)
    def hold(self, who: int, whom: int, aim: int, with_credit: bool) -> None:
        student, teacher = self.town.students[who], self.town.teachers[whom]
        package = self.town.package(student, teacher) if with_credit else None
        start = self.town.listed(teacher, student, aim)
        self.town.ask(self._wanted(teacher, start, use_package_id=package, hold=True), student)

    @rule(aim=aims)
    def check_out(self, aim: int) -> None:
        held = self.town.one("bookings", aim, "status = 'HELD'")
        self.town.ask(CheckOutBooking(held.id), self.town.student(held))

    @rule(aim=aims)
    def confirm(self, aim: int) -> None:
        asked = self.town.one("bookings", aim, "status = 'PENDING'")
        self.town.ask(ConfirmBooking(asked.id), self.town.tutor(asked))

    @rule(aim=aims)
    def decline(self, aim: int) -> None:
        asked = self.town.one("bookings", aim, "status = 'PENDING'")
        self.town.ask(DeclineBooking(asked.id, "I can not."), self.town.tutor(asked))

    @rule(aim=aims, side=sides)
    def cancel(self, aim: int, side: str) -> None:
        booking = self.town.one("bookings", aim, ACTIVE)
        by = self.town.on(side, booking)
        self.town.ask(PreviewCancellation(booking.id), by)
        self.town.ask(CancelBooking(booking.id), by)

    @rule(aim=aims, when=times)
    def move(self, aim: int, when: Time) -> None:
        movable = "session_id IS NULL AND status IN ('PENDING', 'CONFIRMED')"
        booking = self.town.one("bookings", aim, movable)
        self.town.ask(RescheduleBooking(booking.id, self.town.at(when)), self.town.student(booking))

    @rule(aim=aims)
    def review(self, aim: int) -> None:
        held = self.town.one("bookings", aim, "status = 'COMPLETED'")
        self.town.ask(CreateReview(held.id, rating=1 + aim % 5), self.town.student(held))

    @rule(who=students, aim=aims)
    def buy(self, who: int, aim: int) -> None:
        offers = self.town.look("booking", "SELECT offer_id FROM package_offers ORDER BY offer_id")
        offer = offers[aim % len(offers)]
        self.town.ask(PurchasePackage(offer.offer_id), self.town.students[who])

    @rule(aim=aims)
    def settle(self, aim: int) -> None:
        open_ = "provider IS NOT NULL AND status IN ('due', 'pending', 'failed')"
        payment = self.town.one("payments", aim, open_)
        self.town.ask(SettlePayment(payment.id), ADMIN)

    def _wanted(self, teacher: Teacher, start: datetime, **more: Any) -> CreateBooking:
        wanted = {"duration_minutes": 60, "subject_id": teacher.subject_id, **more}
        return CreateBooking(teacher.profile_id, start, **wanted)
