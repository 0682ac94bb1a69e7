"""The names of dishes as a program says them."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dish") as batch_op:
        batch_op.add_column(sa.Column("spoken", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("dish") as batch_op:
        batch_op.drop_column("spoken")
