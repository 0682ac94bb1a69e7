"""Each order's page asks how many boxes are still at its place: stops are found by it."""

from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("round_stop") as batch_op:
        batch_op.create_index("ix_round_stop_place_name", ["place_name"])


def downgrade() -> None:
    with op.batch_alter_table("round_stop") as batch_op:
        batch_op.drop_index("ix_round_stop_place_name")
