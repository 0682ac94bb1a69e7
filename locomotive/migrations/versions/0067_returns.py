"""What a tricycle gives back to a supplier: empty crates and peelings."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None
COLUMNS = ("empty_crates", "peelings_kg")


def upgrade() -> None:
    with op.batch_alter_table("collection") as batch_op:
        for column in COLUMNS:
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
            name = batch_op.f(f"ck_collection_{column}")
            batch_op.create_check_constraint(name, f"{column} >= 0")


def downgrade() -> None:
    with op.batch_alter_table("collection") as batch_op:
        for column in COLUMNS:
            batch_op.drop_constraint(batch_op.f(f"ck_collection_{column}"), type_="check")
            batch_op.drop_column(column)
