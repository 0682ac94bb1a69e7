"""Options of dishes, set menus of a day, and what an order's line was chosen as."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dish_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dish_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("extra_portions", sa.Integer(), nullable=False),
        sa.Column("contains", sa.String(length=200), nullable=False),
        sa.Column("may_contain", sa.String(length=200), nullable=False),
        sa.Column("is_vegetarian", sa.Boolean(), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "extra_portions BETWEEN 0 AND 9", name=op.f("ck_dish_option_extra_portions")
        ),
        sa.ForeignKeyConstraint(["dish_id"], ["dish.id"], name=op.f("fk_dish_option_dish_id_dish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dish_option")),
    )
    op.create_index(op.f("ix_dish_option_dish_id"), "dish_option", ["dish_id"])
    op.create_table(
        "set_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("menu_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_set_menu_price")),
        sa.ForeignKeyConstraint(["menu_id"], ["menu.id"], name=op.f("fk_set_menu_menu_id_menu")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_menu")),
    )
    op.create_index(op.f("ix_set_menu_menu_id"), "set_menu", ["menu_id"])
    op.create_table(
        "set_menu_course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_menu_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_menu_id"], ["set_menu.id"], name=op.f("fk_set_menu_course_set_menu_id_set_menu")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_menu_course")),
    )
    op.create_index(op.f("ix_set_menu_course_set_menu_id"), "set_menu_course", ["set_menu_id"])
    op.create_table(
        "set_menu_dish",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("dish_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["set_menu_course.id"],
            name=op.f("fk_set_menu_dish_course_id_set_menu_course"),
        ),
        sa.ForeignKeyConstraint(
            ["dish_id"], ["dish.id"], name=op.f("fk_set_menu_dish_dish_id_dish")
        ),
        sa.PrimaryKeyConstraint("course_id", "dish_id", name=op.f("pk_set_menu_dish")),
    )
    texts = [("chosen", 200), ("options", 200), ("set_menu", 200)]
    with op.batch_alter_table("order_line") as batch_op:
        batch_op.add_column(sa.Column("size", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
        for name, length in texts:
            column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
            batch_op.add_column(column)
        batch_op.drop_constraint(batch_op.f("ck_order_line_cooked"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_order_line_cooked"), "cooked BETWEEN 0 AND quantity * size"
        )
        batch_op.create_check_constraint(batch_op.f("ck_order_line_size"), "size BETWEEN 1 AND 100")


def downgrade() -> None:
    op.execute("UPDATE order_line SET cooked = quantity WHERE cooked > quantity")
    with op.batch_alter_table("order_line") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_order_line_size"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_order_line_cooked"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_order_line_cooked"), "cooked BETWEEN 0 AND quantity"
        )
        for name in ("set_menu", "options", "chosen", "part", "size"):
            batch_op.drop_column(name)
    for table in ("set_menu_dish", "set_menu_course", "set_menu", "dish_option"):
        op.drop_table(table)
