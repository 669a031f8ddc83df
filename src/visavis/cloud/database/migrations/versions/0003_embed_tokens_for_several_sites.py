"""embed tokens for several sites."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forth."""
    with op.batch_alter_table("embed_token", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("name", sa.String(length=200), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("account_id", sa.String(length=32), nullable=True))
        batch_op.add_column(
            sa.Column("total_seconds", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.alter_column(
            "origin", new_column_name="origins", type_=sa.Text(),
            existing_type=sa.String(length=300), existing_nullable=False,
        )  # fmt: skip
        batch_op.create_index(
            "ix_embed_token_org_id_created_at_id", ["org_id", "created_at", "id"], unique=False
        )

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("embed_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_session_embed_id"), ["embed_id"], unique=False)


def downgrade() -> None:
    """Back. Of several sites the first is kept."""
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_embed_id"))
        batch_op.drop_column("embed_id")

    with op.batch_alter_table("embed_token", schema=None) as batch_op:
        batch_op.drop_index("ix_embed_token_org_id_created_at_id")

    # A site's name has no space in it, and none of ours is longer than 300 signs.
    cut = {
        "sqlite": "substr(origins, 1, instr(origins || ' ', ' ') - 1)",
        "postgresql": "left(split_part(origins, ' ', 1), 300)",
    }[op.get_bind().dialect.name]
    op.execute(f"UPDATE embed_token SET origins = {cut} WHERE origins LIKE '%://% %'")

    with op.batch_alter_table("embed_token", schema=None) as batch_op:
        batch_op.alter_column(
            "origins", new_column_name="origin", type_=sa.String(length=300),
            existing_type=sa.Text(), existing_nullable=False,
        )  # fmt: skip
        batch_op.drop_column("total_seconds")
        batch_op.drop_column("account_id")
        batch_op.drop_column("name")
