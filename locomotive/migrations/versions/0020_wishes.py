"""What single portions must not contain, as codes of allergens."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
COLUMNS = (("avoids", 200), ("eater", 60), ("accepted", 200))


def upgrade() -> None:
    with op.batch_alter_table("order_line") as batch_op:
        for name, length in COLUMNS:
            batch_op.add_column(
                sa.Column(name, sa.String(length=length), server_default="", nullable=False)
            )


def downgrade() -> None:
    with op.batch_alter_table("order_line") as batch_op:
        for name, _length in COLUMNS:
            batch_op.drop_column(name)
