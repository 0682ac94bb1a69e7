"""Produce stands on a shelf, and what is counted there is kept beside what the books said."""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("produce") as batch_op:
        batch_op.add_column(
            sa.Column("shelf", sa.String(length=200), nullable=False, server_default="")
        )
    op.create_table(
        "counted_lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_counted_lot_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_lot")),
    )
    op.create_index("ix_counted_lot_at", "counted_lot", ["at"])
    op.create_index("ix_counted_lot_lot_id", "counted_lot", ["lot_id"])


def downgrade() -> None:
    op.drop_table("counted_lot")
    with op.batch_alter_table("produce") as batch_op:
        batch_op.drop_column("shelf")
