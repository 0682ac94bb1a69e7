"""A rider's act says whether the code that was told at the door was the customer's."""

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("round_act") as table:
        table.add_column(
            sa.Column("proof", sa.String(length=10), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("round_act") as table:
        table.drop_column("proof")
