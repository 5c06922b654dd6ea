"""The ledger: where the money is, and where it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contracts.message import ADMIN, Query, View
from contracts.values import Count, Currency, Id, Instant, Line, Page, PageSize, SignedMoney


@dataclass(frozen=True)
class LedgerItem(View):
    """One line of a balanced posting: debits positive, credits negative."""

    id: Id
    at: Instant
    account: Line
    amount: SignedMoney
    currency: Currency
    kind: Line
    booking_id: Id | None = None
    package_id: Id | None = None


@dataclass(frozen=True)
class LedgerPage(View):
    items: list[LedgerItem]
    total: Count
    page: Page
    page_size: PageSize


@dataclass(frozen=True)
class ListLedger(Query[LedgerPage]):
    """The append-only ledger, newest first; a package's includes what its credits moved."""

    asked_by: ClassVar = ADMIN
    booking_id: Id | None = None
    package_id: Id | None = None
    account: Line | None = None
    page: Page = 1
    page_size: PageSize = 20
