"""How sure a promise is, and how far rides and doors stray."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("service") as batch_op:
        batch_op.add_column(
            sa.Column("reliability", sa.Integer(), server_default="95", nullable=False)
        )
    with op.batch_alter_table("tricycle") as batch_op:
        batch_op.add_column(sa.Column("leg_noise", sa.Double(), nullable=True))
    with op.batch_alter_table("place") as batch_op:
        batch_op.add_column(sa.Column("door_noise", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("place") as batch_op:
        batch_op.drop_column("door_noise")
    with op.batch_alter_table("tricycle") as batch_op:
        batch_op.drop_column("leg_noise")
    with op.batch_alter_table("service") as batch_op:
        batch_op.drop_column("reliability")
