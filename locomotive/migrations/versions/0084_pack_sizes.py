"""A supplier sells one produce in several sizes of one unit."""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None
OLD = ["supplier_id", "produce_id", "unit"]


def upgrade() -> None:
    with op.batch_alter_table("pack") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_pack_supplier_id_produce_id_unit"), type_="unique")
    sold = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_pack_sold",
        "pack",
        [*OLD, "amount"],
        unique=True,
        sqlite_where=sold,
        postgresql_where=sold,
    )


def downgrade() -> None:
    op.drop_index("uq_pack_sold", "pack")
    with op.batch_alter_table("pack") as batch_op:
        batch_op.create_unique_constraint(batch_op.f("uq_pack_supplier_id_produce_id_unit"), OLD)
