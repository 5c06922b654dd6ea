"""Payments, and what they put into the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "booking_0008"
down_revision = "booking_0007"

_instant = sa.DateTime(timezone=True)
_KINDS = (
    "charge", "refund", "payout", "fee",
    "credit_used", "credit_returned", "purchase", "breakage", "breakage_fee",
)  # fmt: skip
_KINDS_OF_PAYMENTS = ("purchase_cancelled", "payment", "repayment", "repayment_failed", "repayment_by_hand")
_CHECKS = {
    "kind": "kind IN ('payment', 'refund')",
    "status": "status IN ('due', 'pending', 'paid', 'failed', 'cancelled')",
    "subject": "(booking_id IS NULL) <> (package_id IS NULL)",
    "refund_of": "(refund_of IS NOT NULL) = (kind = 'refund')",
    "amount": "amount > 0",
}


def upgrade() -> None:
    _allow_kinds(*_KINDS, *_KINDS_OF_PAYMENTS)
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("booking_id", sa.BigInteger),
        sa.Column("package_id", sa.BigInteger),
        sa.Column("refund_of", sa.BigInteger),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("provider", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("client_secret", sa.Text),
        sa.Column("pay_by", _instant),
        sa.Column("next_try_at", _instant),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("key", name="uq_payments_key"),
        sa.UniqueConstraint("refund_of", name="uq_payments_refund_of"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_payments_booking_id"),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name="fk_payments_package_id"),
        sa.ForeignKeyConstraint(["refund_of"], ["payments.id"], name="fk_payments_refund_of"),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_payments_{name}")) for name, rule in _CHECKS.items()),
    )
    op.create_index("uq_payments_booking_id_kind", "payments", ["booking_id", "kind"], unique=True)
    op.create_index("uq_payments_package_id_kind", "payments", ["package_id", "kind"], unique=True)
    op.create_index("ix_payments_student_id", "payments", ["student_id"])
    op.create_index(
        "ix_payments_next_try_at",
        "payments",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("payments")
    op.execute("ALTER TABLE ledger DISABLE TRIGGER refuse_change")
    of_payments = sa.text("DELETE FROM ledger WHERE kind = ANY(:kinds)")
    op.execute(of_payments.bindparams(kinds=list(_KINDS_OF_PAYMENTS)))
    op.execute("ALTER TABLE ledger ENABLE TRIGGER refuse_change")
    _allow_kinds(*_KINDS)


def _allow_kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_ledger_kind"), "ledger")
    op.create_check_constraint(
        op.f("ck_ledger_kind"), "ledger", f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    )
