"""A week's menus are kept under a name: their dishes by weekday, their set menus."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "week_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_week_template")),
        sa.UniqueConstraint("name", name=op.f("uq_week_template_name")),
    )
    op.create_table(
        "week_template_dish",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("dish_id", sa.Integer(), nullable=False),
        sa.Column("portions", sa.Integer(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_week_template_dish_weekday")),
        sa.CheckConstraint("portions > 0", name=op.f("ck_week_template_dish_portions")),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["week_template.id"],
            name=op.f("fk_week_template_dish_template_id_week_template"),
        ),
        sa.ForeignKeyConstraint(
            ["dish_id"], ["dish.id"], name=op.f("fk_week_template_dish_dish_id_dish")
        ),
        sa.PrimaryKeyConstraint(
            "template_id", "weekday", "dish_id", name=op.f("pk_week_template_dish")
        ),
    )
    op.create_table(
        "week_template_set_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("courses", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["week_template.id"],
            name=op.f("fk_week_template_set_menu_template_id_week_template"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_week_template_set_menu")),
    )
    op.create_index(
        "ix_week_template_set_menu_template_id", "week_template_set_menu", ["template_id"]
    )


def downgrade() -> None:
    op.drop_table("week_template_set_menu")
    op.drop_table("week_template_dish")
    op.drop_table("week_template")
