"""Whether a dish has meat, and why a portion is off sale."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dish") as batch_op:
        batch_op.add_column(sa.Column("has_meat", sa.Boolean(), nullable=True))
    # What stands on the cards answers; families without meat do too. The rest is asked.
    op.execute(sa.text("UPDATE dish SET has_meat = (1 = 1) WHERE meat_origin <> ''"))
    op.execute(
        sa.text(
            "UPDATE dish SET has_meat = (1 = 0) WHERE meat_origin = '' AND "
            "(is_vegetarian OR family IN ('fish', 'dessert', 'bread', 'drink'))"
        )
    )
    with op.batch_alter_table("portion") as batch_op:
        batch_op.add_column(
            sa.Column("stopped_because", sa.String(length=20), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("portion") as batch_op:
        batch_op.drop_column("stopped_because")
    with op.batch_alter_table("dish") as batch_op:
        batch_op.drop_column("has_meat")
