"""Secondary use-by dates of what was opened or prepared in the house."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opened_food",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use_by", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(length=20), nullable=False),
        sa.Column("grams", sa.Integer(), nullable=True),
        sa.CheckConstraint("grams IS NULL OR grams > 0", name=op.f("ck_opened_food_grams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened_food")),
    )
    op.create_table(
        "changed_use_by",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_changed_use_by")),
    )


def downgrade() -> None:
    op.drop_table("changed_use_by")
    op.drop_table("opened_food")
