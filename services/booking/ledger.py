"""The books: which postings follow from a step in a booking's life, or from a change of a package.

A posting moves an amount from one account to another, as two lines that add up to nothing:
a debit (positive) and a credit (negative). The accounts of each currency are

    student:<id>   what the student was charged, less what came back and what was paid
    prepaid:<id>   what was paid for the credits that are left of a package; a liability
    escrow         what was charged for lessons that are not settled yet; a liability
    tutor:<id>     what the tutor has earned; a liability
    platform       the fees earned
    provider:<n>   the money that has come in through a payment provider, or by hand (offline)

The student is charged the whole when the lesson is taken (requested or confirmed; a hold costs
nothing), and the money waits in escrow. A lesson that is paid with a credit moves what the credit
was bought for from its package's account instead, as soon as the time is held. Once the booking
ends, escrow is settled to nothing:

    held, or the student did not come       the price to the tutor, the fee to the platform
    declined, run out, tutor did not come   everything back to where it came from
    cancelled                               the refund to where it came from; what is kept of price and fee
                                            goes to tutor and platform, each rounded half-up with the
                                            platform's fee taking the difference of a minor unit

A package is charged whole when it is bought. What is left of it when it expires is earned: the
price by the tutor, the fee by the platform (breakage), once; a credit that comes back afterwards stays
on the package's account, since nobody shall gain by cancelling. What is left of it when its tutor is
gone, or all of it where it was not paid, goes back; so does what comes back later, for each booking.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.booking import CreditReason, PaymentKind, PaymentStatus
from services.booking.domain import BY_HAND, Booking, PackageChange, Payment, Step
from services.booking.money import share

ESCROW = "escrow"
PLATFORM = "platform"


class Kind(StrEnum):
    CHARGE = "charge"
    REFUND = "refund"
    CREDIT_USED = "credit_used"
    CREDIT_RETURNED = "credit_returned"
    PURCHASE = "purchase"
    PURCHASE_CANCELLED = "purchase_cancelled"
    BREAKAGE = "breakage"
    BREAKAGE_FEE = "breakage_fee"
    PAYMENT = "payment"
    REPAYMENT = "repayment"
    REPAYMENT_FAILED = "repayment_failed"
    REPAYMENT_BY_HAND = "repayment_by_hand"
    PAYOUT = "payout"
    FEE = "fee"


@dataclass(frozen=True)
class Posting:
    """So many minor units, debited to one account and credited to another."""

    kind: Kind
    debit: str
    credit: str
    amount: int
    currency: str
    booking_id: int | None = None
    package_id: int | None = None

    @property
    def lines(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Account and signed amount of both lines; they add up to nothing."""
        return (self.debit, self.amount), (self.credit, -self.amount)


def postings_for(step: Step) -> list[Posting]:
    """What the step puts into the books; nothing where no money moves."""
    was_charged = step.before is not None and step.before.is_charged
    if step.booking.is_charged and not was_charged:
        return _charge(step)
    if was_charged and not step.booking.is_active:
        return _settlement(step)
    return []


def postings_for_package(change: PackageChange) -> list[Posting]:
    """What the change puts into the books; what credits move for lessons follows from their steps."""
    package, prepaid = change.package, prepaid_account(change.package.id)
    moves: tuple[tuple[Kind, str, str, int], ...] = ()
    if change.reason is CreditReason.PURCHASED:
        moves = ((Kind.PURCHASE, student_account(package.student_id), prepaid, package.price.total),)
    elif change.reason in (CreditReason.CANCELLED, CreditReason.REFUNDED):
        student = student_account(package.student_id)
        moves = ((Kind.PURCHASE_CANCELLED, prepaid, student, change.refunded),)
    elif change.reason is CreditReason.EXPIRED and change.before is not None:
        tutor, left = tutor_account(package.tutor_profile_id), change.before.left
        moves = ((Kind.BREAKAGE, prepaid, tutor, left.net), (Kind.BREAKAGE_FEE, prepaid, PLATFORM, left.fee))
    return [
        Posting(kind, debit, credit, amount, package.price.currency, change.booking_id, package.id)
        for kind, debit, credit, amount in moves
        if amount
    ]


def postings_for_payment(before: Payment, payment: Payment) -> list[Posting]:
    """What a payment puts into the books by becoming what it is."""
    kind = _kind_of(before, payment)
    if kind is None:
        return []
    student, provider = student_account(payment.student_id), f"provider:{payment.provider}"
    goes_back = kind in (Kind.REPAYMENT, Kind.REPAYMENT_BY_HAND)
    debit, credit = (student, provider) if goes_back else (provider, student)
    return [
        Posting(kind, debit, credit, payment.amount, payment.currency, payment.booking_id, payment.package_id)
    ]


def student_account(student_id: int) -> str:
    return f"student:{student_id}"


def prepaid_account(package_id: int) -> str:
    return f"prepaid:{package_id}"


def tutor_account(tutor_profile_id: int) -> str:
    return f"tutor:{tutor_profile_id}"


def _kind_of(before: Payment, payment: Payment) -> Kind | None:
    match payment.kind, payment.status:
        case PaymentKind.PAYMENT, PaymentStatus.PAID:
            return Kind.PAYMENT
        case PaymentKind.REFUND, PaymentStatus.PAID:
            return Kind.REPAYMENT_BY_HAND if payment.provider == BY_HAND else Kind.REPAYMENT
        case PaymentKind.REFUND, PaymentStatus.FAILED if before.status is PaymentStatus.PAID:
            return Kind.REPAYMENT_FAILED
    return None


def _charge(step: Step) -> list[Posting]:
    kind = Kind.CREDIT_USED if step.booking.credit else Kind.CHARGE
    return _worth_posting(step, (kind, _source(step.booking), ESCROW, step.booking.lesson.stake.total))


def _settlement(step: Step) -> list[Posting]:
    """Give back what is refunded, and divide what is kept between tutor and platform."""
    booking, refund = step.booking, step.refund
    percent, amount = (refund.percent, refund.amount) if refund else (0, 0)
    stake = booking.lesson.stake
    net_back = share(stake.net, percent)
    return _worth_posting(
        step,
        (Kind.CREDIT_RETURNED if booking.credit else Kind.REFUND, ESCROW, _source(booking), amount),
        (Kind.PAYOUT, ESCROW, tutor_account(booking.tutor_profile_id), stake.net - net_back),
        (Kind.FEE, ESCROW, PLATFORM, stake.fee - (amount - net_back)),
    )


def _source(booking: Booking) -> str:
    """The account that the stake comes from."""
    if booking.credit is not None:
        return prepaid_account(booking.credit.package_id)
    return student_account(booking.student_id)


def _worth_posting(step: Step, *moves: tuple[Kind, str, str, int]) -> list[Posting]:
    booking = step.booking
    package_id = booking.credit.package_id if booking.credit else None
    return [
        Posting(kind, debit, credit, amount, booking.lesson.stake.currency, booking.id, package_id)
        for kind, debit, credit, amount in moves
        if amount
    ]
