"""The temperature at which leftovers were given."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("leftover") as batch_op:
        batch_op.add_column(sa.Column("given_tenths", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("leftover") as batch_op:
        batch_op.drop_column("given_tenths")
