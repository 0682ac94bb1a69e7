"""Partners have goods carried on the rounds: partners, their links and keys, shipments, stops."""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("stop_cents", sa.Integer(), nullable=False),
        sa.Column("kilo_cents", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("stop_cents BETWEEN 0 AND 100000", name=op.f("ck_partner_stop_cents")),
        sa.CheckConstraint("kilo_cents BETWEEN 0 AND 100000", name=op.f("ck_partner_kilo_cents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("name", name=op.f("uq_partner_name")),
    )
    op.create_table(
        "partner_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_partner_access_partner_id_partner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_access")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_partner_access_token_hash")),
    )
    op.create_index("ix_partner_access_partner_id", "partner_access", ["partner_id"])
    op.create_table(
        "shipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("goods", sa.String(length=200), nullable=False),
        sa.Column("crates", sa.Integer(), nullable=False),
        sa.Column("kilos", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        *_place("from"),
        *_place("to"),
        sa.Column("stop_cents", sa.Integer(), nullable=False),
        sa.Column("kilo_cents", sa.Integer(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("margin_minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("left_out", sa.String(length=40), nullable=False),
        sa.CheckConstraint("crates BETWEEN 1 AND 50", name=op.f("ck_shipment_crates")),
        sa.CheckConstraint("kilos BETWEEN 0 AND 500", name=op.f("ck_shipment_kilos")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shipment_order")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_shipment_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_shipment_service_id_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("code", name=op.f("uq_shipment_code")),
    )
    op.create_index("ix_shipment_partner_id", "shipment", ["partner_id"])
    op.create_index("ix_shipment_service_id", "shipment", ["service_id"])
    op.create_index("ix_shipment_state", "shipment", ["state"])
    with op.batch_alter_table("round_stop") as batch_op:
        batch_op.add_column(sa.Column("shipment_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("is_pickup", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_index("ix_round_stop_shipment_id", ["shipment_id"])
        batch_op.create_foreign_key(
            "fk_round_stop_shipment_id_shipment", "shipment", ["shipment_id"], ["id"]
        )


def _place(side: str) -> list[sa.Column[object]]:
    return [
        sa.Column(f"{side}_name", sa.String(length=200), nullable=False),
        sa.Column(f"{side}_street", sa.String(length=200), nullable=False),
        sa.Column(f"{side}_town", sa.String(length=200), nullable=False),
        sa.Column(f"{side}_latitude", sa.Double(), nullable=False),
        sa.Column(f"{side}_longitude", sa.Double(), nullable=False),
        sa.Column(f"{side}_note", sa.String(length=300), nullable=False),
    ]


def downgrade() -> None:
    with op.batch_alter_table("round_stop") as batch_op:
        batch_op.drop_constraint("fk_round_stop_shipment_id_shipment", type_="foreignkey")
        batch_op.drop_index("ix_round_stop_shipment_id")
        batch_op.drop_column("is_pickup")
        batch_op.drop_column("shipment_id")
    op.drop_table("shipment")
    op.drop_table("partner_access")
    op.drop_table("partner")
