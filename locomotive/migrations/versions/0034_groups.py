"""Groups of colleagues who order by one link, and the boxes reserved for them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("organiser_hash", sa.String(64), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("most BETWEEN 1 AND 200", name="ck_customer_group_most"),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name="fk_customer_group_service_id_service"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_customer_group_slot_id_slot"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_group"),
        sa.UniqueConstraint("token_hash", name="uq_customer_group_token_hash"),
        sa.UniqueConstraint("organiser_hash", name="uq_customer_group_organiser_hash"),
    )
    op.create_index("ix_customer_group_service_id", "customer_group", ["service_id"])
    # In place: other tables refer to this one, so that SQLite cannot make it anew.
    op.execute(
        "ALTER TABLE customer_order ADD COLUMN group_id INTEGER "
        "CONSTRAINT fk_customer_order_group_id_customer_group REFERENCES customer_group (id)"
    )
    op.execute("ALTER TABLE customer_order ADD COLUMN reserved INTEGER")
    op.create_index("ix_customer_order_group_id", "customer_order", ["group_id"])


def downgrade() -> None:
    op.drop_index("ix_customer_order_group_id", "customer_order")
    op.execute("ALTER TABLE customer_order DROP COLUMN reserved")
    op.execute("ALTER TABLE customer_order DROP COLUMN group_id")
    op.drop_table("customer_group")
