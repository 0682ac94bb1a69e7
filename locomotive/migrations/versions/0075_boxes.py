"""Boxes that no rider took back, and what was washed."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "box_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.CheckConstraint("boxes > 0", name=op.f("ck_box_entry_boxes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_entry")),
    )
    op.create_index(op.f("ix_box_entry_place_name"), "box_entry", ["place_name"])
    op.create_table(
        "washing_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("washed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.CheckConstraint("boxes > 0", name=op.f("ck_washing_batch_boxes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_washing_batch")),
    )


def downgrade() -> None:
    op.drop_table("washing_batch")
    op.drop_index(op.f("ix_box_entry_place_name"), table_name="box_entry")
    op.drop_table("box_entry")
