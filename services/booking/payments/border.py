"""What is asked of those who move money, and what they may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from services.booking.domain import Outcome, Payment


class Unreachable(Exception):
    """There was no answer that says anything; asked again with the same key it is done once."""


@dataclass(frozen=True)
class Notice:
    """What a provider says unasked, of the sum with this key."""

    key: str
    outcome: Outcome


class Provider(Protocol):
    """Moves money. It is asked outside of any transaction, except where it is not `remote`.

    Every question may be asked again: its key makes it be done once. Raises `Unreachable`.
    """

    name: ClassVar[str]
    remote: ClassVar[bool]  # answers take their time

    def begin(self, payment: Payment) -> Outcome:
        """Have the student pay."""
        ...

    def withdraw(self, payment: Payment) -> Outcome:
        """Have the student pay no more; PAID, if that came first."""
        ...

    def pay_back(self, refund: Payment, of: Payment) -> Outcome:
        """Give money back that was paid."""
        ...

    def hear(self, payload: str, signature: str) -> Notice | None:
        """What a message from outside says, if it says anything of ours. Raises `SignatureInvalid`."""
        ...
