"""booked seconds of sessions and sums of days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forth."""
    op.create_table(
        "meter_report",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("micro_credits", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_meter_report_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_report")),
        sa.UniqueConstraint(
            "org_id", "day", "sequence", name=op.f("uq_meter_report_org_id_day_sequence")
        ),
    )
    with op.batch_alter_table("meter_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meter_report_org_id"), ["org_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meter_report_sent_at"), ["sent_at"], unique=False)

    op.create_table(
        "usage_day",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("secret_id", sa.String(length=32), nullable=False),
        sa.Column("avatar_id", sa.String(length=32), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("micro_credits", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_usage_day_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_day")),
        sa.UniqueConstraint(
            "org_id",
            "day",
            "secret_id",
            "avatar_id",
            name=op.f("uq_usage_day_org_id_day_secret_id_avatar_id"),
        ),
    )
    with op.batch_alter_table("usage_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_usage_day_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_usage_day_org_id"), ["org_id"], unique=False)

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wanted", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("placement", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("seconds", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("base_seconds", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("sixtieths", sa.BigInteger(), nullable=False, server_default="0")
        )

    op.create_index("ix_ledger_org_id_id", "ledger", ["org_id", "id"], unique=False)
    with op.batch_alter_table("worker", schema=None) as batch_op:
        batch_op.add_column(sa.Column("start", sa.Integer(), nullable=False, server_default="0"))

    op.execute(
        """
        INSERT INTO usage_day
            (org_id, day, secret_id, avatar_id, sessions, seconds, micro_credits, granted)
        SELECT org_id, day, COALESCE(secret_id, ''), COALESCE(avatar_id, ''),
            SUM(CASE WHEN kind = 'started' THEN 1 ELSE 0 END), SUM(seconds),
            SUM(CASE WHEN kind = 'grant' THEN 0 ELSE micro_credits END),
            SUM(CASE WHEN kind = 'grant' THEN -micro_credits ELSE 0 END)
        FROM ledger GROUP BY org_id, day, COALESCE(secret_id, ''), COALESCE(avatar_id, '')
        """
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_ledger_org_id_id", table_name="ledger")
    with op.batch_alter_table("worker", schema=None) as batch_op:
        batch_op.drop_column("start")

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("sixtieths")
        batch_op.drop_column("base_seconds")
        batch_op.drop_column("seconds")
        batch_op.drop_column("placement")
        batch_op.drop_column("wanted")

    with op.batch_alter_table("usage_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_usage_day_org_id"))
        batch_op.drop_index(batch_op.f("ix_usage_day_day"))

    op.drop_table("usage_day")
    with op.batch_alter_table("meter_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meter_report_sent_at"))
        batch_op.drop_index(batch_op.f("ix_meter_report_org_id"))

    op.drop_table("meter_report")
