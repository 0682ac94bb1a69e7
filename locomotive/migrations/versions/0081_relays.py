"""Restaurants that share their tricycles ask each other; partners are told by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("partner") as batch_op:
        batch_op.add_column(
            sa.Column("ride_url", sa.String(length=200), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("ride_key", sa.String(length=300), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("wants_mail", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("shipment") as batch_op:
        batch_op.add_column(sa.Column("brings_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("meals", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("offer_ends_at", MOMENT, nullable=True))
    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.add_column(sa.Column("carried_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_customer_order_carried_by_id_partner"),
            "partner",
            ["carried_by_id"],
            ["id"],
        )
    op.create_table(
        "relay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("heard_at", MOMENT, nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("offer_ends_at", MOMENT, nullable=True),
        sa.Column("brought_at", MOMENT, nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_relay_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_relay_partner_id_partner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
        sa.UniqueConstraint("key", name=op.f("uq_relay_key")),
    )
    for column in ("order_id", "partner_id", "step"):
        op.create_index(f"ix_relay_{column}", "relay", [column])
    op.create_table(
        "shipment_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_news_shipment_id_shipment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_news")),
        sa.UniqueConstraint("shipment_id", "kind", name=op.f("uq_shipment_news_shipment_id_kind")),
    )
    op.create_index("ix_shipment_news_due_at", "shipment_news", ["due_at"])


def downgrade() -> None:
    op.drop_table("shipment_news")
    op.drop_table("relay")
    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_customer_order_carried_by_id_partner"), type_="foreignkey"
        )
        batch_op.drop_column("carried_by_id")
    with op.batch_alter_table("shipment") as batch_op:
        for column in ("offer_ends_at", "meals", "brings_at"):
            batch_op.drop_column(column)
    with op.batch_alter_table("partner") as batch_op:
        for column in ("wants_mail", "ride_key", "ride_url"):
            batch_op.drop_column(column)
