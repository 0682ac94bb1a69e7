"""A lot keeps what one unit of it weighed when it came, and which produce it came instead of."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lot") as batch_op:
        batch_op.add_column(
            sa.Column("unit_grams", sa.Integer(), nullable=False, server_default="1000")
        )
        batch_op.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_lot_replaces_id_produce"), "produce", ["replaces_id"], ["id"]
        )
    op.execute(
        "UPDATE lot SET unit_grams ="
        " (SELECT produce.unit_grams FROM produce WHERE produce.id = lot.produce_id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("lot") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_lot_replaces_id_produce"), type_="foreignkey")
        batch_op.drop_column("replaces_id")
        batch_op.drop_column("unit_grams")
