"""How a dish is kept and heated, and until when it is eaten, for its label."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dish") as batch_op:
        batch_op.add_column(
            sa.Column("keeping", sa.String(length=160), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("dish") as batch_op:
        batch_op.drop_column("keeping")
