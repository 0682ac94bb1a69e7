"""Whether an option has meat, and where that comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dish_option") as batch_op:
        batch_op.add_column(sa.Column("has_meat", sa.Boolean(), nullable=True))
        batch_op.add_column(
            sa.Column("meat_origin", sa.String(length=200), server_default="", nullable=False)
        )
    # What keeps a dish vegetarian has none; of the rest it is asked before it is offered again.
    op.execute(sa.text("UPDATE dish_option SET has_meat = (1 = 0) WHERE is_vegetarian"))


def downgrade() -> None:
    with op.batch_alter_table("dish_option") as batch_op:
        batch_op.drop_column("meat_origin")
        batch_op.drop_column("has_meat")
