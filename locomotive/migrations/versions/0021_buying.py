"""Forms that act once, offers used up, packs that end, and what is still owed of an order."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sent_form",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sent_form")),
        sa.Index(op.f("ix_sent_form_at"), "at"),
    )
    with op.batch_alter_table("supply_offer") as batch_op:
        batch_op.add_column(sa.Column("taken", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("pack") as batch_op:
        batch_op.add_column(sa.Column("ended_at", INSTANT, nullable=True))
    with op.batch_alter_table("purchase_line") as batch_op:
        batch_op.add_column(
            sa.Column("received_packs", sa.Integer(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("purchase_line") as batch_op:
        batch_op.drop_column("received_packs")
    with op.batch_alter_table("pack") as batch_op:
        batch_op.drop_column("ended_at")
    with op.batch_alter_table("supply_offer") as batch_op:
        batch_op.drop_column("taken")
    op.drop_table("sent_form")
