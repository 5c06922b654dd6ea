"""Payments: the money that charges and refunds have a provider move, or people by hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from contracts.booking.steps import BookingState
from contracts.catalog import DoneView
from contracts.fields import line, prose, word
from contracts.message import ADMIN, ANYONE, STUDENT, Command, Event, Query, View
from contracts.values import Amount, Count, Currency, Id, Instant, Line, Name, Page, PageSize, Token, Version


class PaymentKind(StrEnum):
    PAYMENT = "payment"  # from a student
    REFUND = "refund"  # back to a student


class PaymentStatus(StrEnum):
    DUE = "due"  # nobody has taken it on yet
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


PaymentKindName = Annotated[PaymentKind, word(PaymentKind)]
PaymentStatusName = Annotated[PaymentStatus, word(PaymentStatus)]


@dataclass(frozen=True)
class PaymentView(View):
    """A sum on its way. With `stripe` the student pays it by the `client_secret`, until `pay_by`.

    With `offline` it is settled by hand, and a lesson is held whether it is or not.
    """

    id: Id
    kind: PaymentKindName
    status: PaymentStatusName
    student_id: Id
    amount: Amount
    currency: Currency
    created_at: Instant
    version: Version
    booking_id: Id | None = None
    package_id: Id | None = None
    refund_of: Id | None = None
    provider: Line | None = None
    pay_by: Instant | None = None
    client_secret: Token | None = None


@dataclass(frozen=True)
class PaymentPage(View):
    items: list[PaymentView]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class GetBookingPayment(Query[PaymentView]):
    """What the student has to pay for a booking. Refuses with NotFound where no money is to be paid."""

    asked_by: ClassVar = STUDENT | ADMIN
    booking_id: Id


@dataclass(frozen=True)
class GetPackagePayment(Query[PaymentView]):
    """What the student has to pay for a package. Refuses with NotFound where no money is to be paid."""

    asked_by: ClassVar = STUDENT | ADMIN
    package_id: Id


@dataclass(frozen=True)
class ListPayments(Query[PaymentPage]):
    """All payments and refunds, newest first."""

    asked_by: ClassVar = ADMIN
    kind: PaymentKindName | None = None
    status: PaymentStatusName | None = None
    student_id: Id | None = None
    page: Page = 1
    page_size: PageSize = 20


@dataclass(frozen=True)
class SettlePayment(Command[PaymentView]):
    """The money was moved by hand: a payment without a provider, or a refund that failed.

    Refuses with NotByHand.
    """

    asked_by: ClassVar = ADMIN
    payment_id: Id


@dataclass(frozen=True)
class HearStripe(Command[DoneView]):
    """Stripe says what became of a payment. Refuses with SignatureInvalid."""

    asked_by: ClassVar = ANYONE
    payload: Annotated[str, prose(1_000_000)]
    signature: Annotated[str, line(2000)] = ""


# --- events --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PaymentDue(Event):
    """A lesson or a package can be paid now, and is called off if it is not paid before `pay_by`.

    Told where a provider waits for the money; nobody waits for what is settled by hand.
    """

    concerns: ClassVar = ("student_id",)
    subject_field: ClassVar = "payment_id"
    payment_id: Id
    student_id: Id
    tutor_account_id: Id
    amount: Amount
    currency: Currency
    pay_by: Instant
    version: Version
    booking: BookingState | None = None
    package_id: Id | None = None
    package_name: Name | None = None


@dataclass(frozen=True)
class PaymentSettled(Event):
    """What a provider waited for is paid, or is not to be paid any more: nobody needs to do anything."""

    concerns: ClassVar = ("student_id",)
    subject_field: ClassVar = "payment_id"
    payment_id: Id
    student_id: Id
    tutor_account_id: Id
    status: PaymentStatusName
    version: Version
    booking_id: Id | None = None
    package_id: Id | None = None
