"""What the figures of a planning are about."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("planning") as batch_op:
        batch_op.add_column(
            sa.Column("stamp", sa.String(length=16), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("planning") as batch_op:
        batch_op.drop_column("stamp")
