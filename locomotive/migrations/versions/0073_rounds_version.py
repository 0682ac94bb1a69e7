"""Each plan, move and answer makes a version of the day's rounds, which screens and papers say."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("service") as batch_op:
        batch_op.add_column(
            sa.Column("rounds_version", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("round") as batch_op:
        batch_op.add_column(
            sa.Column("rounds_version", sa.Integer(), nullable=False, server_default="1")
        )
    with op.batch_alter_table("planning") as batch_op:
        batch_op.add_column(sa.Column("rounds_version", sa.Integer(), nullable=True))
    op.execute("UPDATE planning SET rounds_version = 1 WHERE is_proven")
    op.execute(
        "UPDATE service SET rounds_version = 1"
        " WHERE EXISTS (SELECT 1 FROM round WHERE round.service_id = service.id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("planning") as batch_op:
        batch_op.drop_column("rounds_version")
    with op.batch_alter_table("round") as batch_op:
        batch_op.drop_column("rounds_version")
    with op.batch_alter_table("service") as batch_op:
        batch_op.drop_column("rounds_version")
