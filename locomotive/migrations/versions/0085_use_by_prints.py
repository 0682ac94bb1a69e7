"""A printer prints use-by labels, too."""

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("print_job") as batch_op:
        batch_op.add_column(sa.Column("food_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_print_job_food_id_opened_food"), "opened_food", ["food_id"], ["id"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM print_job WHERE food_id IS NOT NULL")
    with op.batch_alter_table("print_job") as batch_op:
        batch_op.drop_constraint(op.f("fk_print_job_food_id_opened_food"), type_="foreignkey")
        batch_op.drop_column("food_id")
