"""What suppliers say of the months of their produce."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "season_month",
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("produce_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_season_month_month")),
        sa.CheckConstraint(
            "level IN ('none', 'some', 'plenty')", name=op.f("ck_season_month_level")
        ),
        sa.ForeignKeyConstraint(
            ["produce_id"], ["produce.id"], name=op.f("fk_season_month_produce_id_produce")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_season_month_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("supplier_id", "produce_id", "month", name=op.f("pk_season_month")),
    )


def downgrade() -> None:
    op.drop_table("season_month")
