"""A delivery note can be declined, with a reason."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("delivery_note") as batch_op:
        batch_op.add_column(sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("declined_because", sa.String(length=200), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("delivery_note") as batch_op:
        batch_op.drop_column("declined_because")
        batch_op.drop_column("declined_at")
