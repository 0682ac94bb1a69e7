"""Questions that the worker answers, and whether a refusal was proven."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("instead_of_id", sa.Integer(), nullable=True),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("place_name", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("looked_at", moment, nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("is_proven", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_inquiry_slot_id_slot")),
        sa.ForeignKeyConstraint(
            ["instead_of_id"],
            ["customer_order.id"],
            name=op.f("fk_inquiry_instead_of_id_customer_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sa.UniqueConstraint("key", name=op.f("uq_inquiry_key")),
    )
    op.create_index(op.f("ix_inquiry_slot_id"), "inquiry", ["slot_id"])
    op.create_index(op.f("ix_inquiry_asked_at"), "inquiry", ["asked_at"])
    with op.batch_alter_table("refused_slot") as batch_op:
        batch_op.add_column(
            sa.Column("is_proven", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("refused_slot") as batch_op:
        batch_op.drop_column("is_proven")
    op.drop_table("inquiry")
