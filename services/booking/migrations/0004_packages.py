"""Packages, the credits of them that pay for bookings, and their lines in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "booking_0004"
down_revision = "booking_0003"

_instant = sa.DateTime(timezone=True)
_KINDS = ("charge", "refund", "payout", "fee")
_KINDS_OF_PACKAGES = ("credit_used", "credit_returned", "purchase", "breakage", "breakage_fee")
_CHECKS_OF_BOOKINGS = {
    "credit": "num_nulls(package_id, credits, credit_net, credit_fee, credit_currency) IN (0, 5)",
    "credits": "credits > 0 AND credit_net >= 0 AND credit_fee >= 0",
    "credit_returned": "NOT credit_returned OR package_id IS NOT NULL",
}


def upgrade() -> None:
    _create_package_offers()
    _create_packages()
    _widen_bookings()
    _widen_ledger()


def downgrade() -> None:
    """Lessons that were paid with credits stay, as if paid with nothing."""
    _narrow_ledger()
    for column in ("credit_returned", "credit_currency", "credit_fee", "credit_net", "credits", "package_id"):
        op.drop_column("bookings", column)
    op.drop_table("packages")
    op.drop_table("package_offers")


def _create_package_offers() -> None:
    op.create_table(
        "package_offers",
        sa.Column("offer_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("course_id", sa.BigInteger),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("credits", sa.Integer, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("valid_days", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("offer_id", name="pk_package_offers"),
    )


def _create_packages() -> None:
    checks = {
        "credits_left": "credits_left >= 0 AND credits_left <= credits_total",
        "net_left": "net_left >= 0 AND net_left <= price",
        "fee_left": "fee_left >= 0 AND fee_left <= platform_fee",
        "status": "status IN ('unpaid', 'active', 'expired', 'cancelled')",
    }
    op.create_table(
        "packages",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("offer_id", sa.BigInteger, nullable=False),
        sa.Column("student_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_profile_id", sa.BigInteger, nullable=False),
        sa.Column("tutor_account_id", sa.BigInteger, nullable=False),
        sa.Column("course_id", sa.BigInteger),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("credits_total", sa.Integer, nullable=False),
        sa.Column("credits_left", sa.Integer, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("platform_fee", sa.BigInteger, nullable=False),
        sa.Column("net_left", sa.BigInteger, nullable=False),
        sa.Column("fee_left", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("purchased_at", _instant, nullable=False),
        sa.Column("expires_at", _instant, nullable=False),
        sa.Column("notice_at", _instant),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_packages"),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_packages_{name}")) for name, rule in checks.items()),
    )
    op.create_index("ix_packages_student_id", "packages", ["student_id"])
    op.create_index(
        "ix_packages_expires_at", "packages", ["expires_at"], postgresql_where=sa.text("status = 'active'")
    )
    op.create_index(
        "ix_packages_notice_at", "packages", ["notice_at"], postgresql_where=sa.text("notice_at IS NOT NULL")
    )


def _widen_bookings() -> None:
    op.add_column("bookings", sa.Column("package_id", sa.BigInteger))
    op.add_column("bookings", sa.Column("credits", sa.Integer))
    op.add_column("bookings", sa.Column("credit_net", sa.BigInteger))
    op.add_column("bookings", sa.Column("credit_fee", sa.BigInteger))
    op.add_column("bookings", sa.Column("credit_currency", sa.Text))
    op.add_column(
        "bookings", sa.Column("credit_returned", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.alter_column("bookings", "credit_returned", server_default=None)
    for name, rule in _CHECKS_OF_BOOKINGS.items():
        op.create_check_constraint(op.f(f"ck_bookings_{name}"), "bookings", rule)
    op.create_foreign_key("fk_bookings_package_id", "bookings", "packages", ["package_id"], ["id"])
    op.create_index("ix_bookings_package_id", "bookings", ["package_id"])


def _widen_ledger() -> None:
    op.alter_column("ledger", "booking_id", nullable=True)
    op.add_column("ledger", sa.Column("package_id", sa.BigInteger))
    op.create_foreign_key("fk_ledger_package_id", "ledger", "packages", ["package_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_ledger_subject"), "ledger", "booking_id IS NOT NULL OR package_id IS NOT NULL"
    )
    op.create_index(
        "uq_ledger_package_id_kind_account",
        "ledger",
        ["package_id", "kind", "account"],
        unique=True,
        postgresql_where=sa.text("booking_id IS NULL"),
    )
    _allow_kinds(*_KINDS, *_KINDS_OF_PACKAGES)
    _balance_by("booking_id, package_id, kind, currency")


def _narrow_ledger() -> None:
    op.execute("ALTER TABLE ledger DISABLE TRIGGER refuse_change")
    op.execute("DELETE FROM ledger WHERE package_id IS NOT NULL")
    op.execute("ALTER TABLE ledger ENABLE TRIGGER refuse_change")
    _balance_by("booking_id, kind, currency")
    _allow_kinds(*_KINDS)
    op.drop_column("ledger", "package_id")
    op.alter_column("ledger", "booking_id", nullable=False)


def _allow_kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_ledger_kind"), "ledger")
    op.create_check_constraint(
        op.f("ck_ledger_kind"), "ledger", f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    )


def _balance_by(columns: str) -> None:
    """Have the trigger look for an imbalance in each group of lines that are alike in these columns."""
    op.execute(f"""
        CREATE OR REPLACE FUNCTION refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM added GROUP BY {columns} HAVING sum(amount) <> 0) THEN
                RAISE EXCEPTION 'a posting does not add up to nothing' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
    """)
