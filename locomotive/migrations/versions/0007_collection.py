"""Crates that a round fetches on its way."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("crates", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.CheckConstraint("crates > 0", name=op.f("ck_collection_crates")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_collection_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_collection_longitude")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_collection_service_id_service")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_collection_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.Index(op.f("ix_collection_service_id"), "service_id"),
        sa.Index(op.f("ix_collection_supplier_id"), "supplier_id"),
    )
    with op.batch_alter_table("round_stop") as batch_op:
        batch_op.add_column(sa.Column("collection_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_round_stop_collection_id"), ["collection_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_round_stop_collection_id_collection"),
            "collection",
            ["collection_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("round_stop") as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_round_stop_collection_id_collection"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_round_stop_collection_id"))
        batch_op.drop_column("collection_id")

    op.drop_table("collection")
