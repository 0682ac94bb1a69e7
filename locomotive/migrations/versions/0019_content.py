"""What is in ordered dishes follows every change; recalls of several lots that block and free."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_changes()
    _keep_swap_notices()
    op.drop_table("swap_notice")
    for table, column in (
        ("swap", sa.Column("undone_at", INSTANT, nullable=True)),
        ("batch", sa.Column("blocked_at", INSTANT, nullable=True)),
        ("batch", sa.Column("discarded_at", INSTANT, nullable=True)),
        ("customer_order", sa.Column("blocked_at", INSTANT, nullable=True)),
        ("order_line", sa.Column("may_contain", sa.String(length=200), nullable=True)),
        ("order_line", sa.Column("is_vegetarian", sa.Boolean(), nullable=True)),
        ("order_line", sa.Column("meats", sa.String(length=300), nullable=True)),
        ("portion", sa.Column("meats", sa.String(length=300), nullable=True)),
        ("recall", sa.Column("lifted_at", INSTANT, nullable=True)),
        (
            "recall",
            sa.Column("lifted_because", sa.String(length=200), server_default="", nullable=False),
        ),
    ):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(column)
    op.create_table(
        "recall_lot",
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recall.id"], name=op.f("fk_recall_lot_recall_id_recall")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_recall_lot_lot_id_lot")),
        sa.PrimaryKeyConstraint("recall_id", "lot_id", name=op.f("pk_recall_lot")),
        sa.Index(op.f("ix_recall_lot_lot_id"), "lot_id"),
    )
    op.execute(sa.text("INSERT INTO recall_lot (recall_id, lot_id) SELECT id, lot_id FROM recall"))
    with op.batch_alter_table("recall") as batch_op:
        batch_op.drop_index(batch_op.f("ix_recall_lot_id"))
        batch_op.drop_constraint(batch_op.f("fk_recall_lot_id_lot"), type_="foreignkey")
        batch_op.drop_column("lot_id")


def _make_changes() -> None:
    op.create_table(
        "content_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_content_change_service_id_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_change")),
        sa.Index(op.f("ix_content_change_service_id"), "service_id"),
    )
    op.create_table(
        "content_notice",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("new_allergens", sa.String(length=200), nullable=False),
        sa.Column("gone_allergens", sa.String(length=200), nullable=False),
        sa.Column("meat_changed", sa.Boolean(), nullable=False),
        sa.Column("vegetarian_lost", sa.Boolean(), nullable=False),
        sa.Column("is_bagged", sa.Boolean(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("reprinted_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["content_change.id"],
            name=op.f("fk_content_notice_change_id_content_change"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_line.id"],
            name=op.f("fk_content_notice_order_line_id_order_line"),
        ),
        sa.PrimaryKeyConstraint("change_id", "order_line_id", name=op.f("pk_content_notice")),
        sa.Index(op.f("ix_content_notice_order_line_id"), "order_line_id"),
    )


def _keep_swap_notices() -> None:
    """Each swap that touched orders becomes a change with the swap's own number."""
    op.execute(
        sa.text(
            "INSERT INTO content_change (id, service_id, cause, what, at, seen_at) "
            "SELECT swap.id, service.id, 'swap', dish.name, swap.at, swap.at "
            "FROM swap JOIN dish ON dish.id = swap.dish_id JOIN service ON service.date = swap.day "
            "WHERE swap.id IN (SELECT swap_id FROM swap_notice)"
        )
    )
    op.execute(
        sa.text(
            "INSERT INTO content_notice (change_id, order_line_id, new_allergens, gone_allergens, "
            "meat_changed, vegetarian_lost, is_bagged, told_at, reprinted_at) "
            "SELECT swap_id, order_line_id, new_allergens, gone_allergens, meat_changed, "
            "vegetarian_lost, (1 = 0), told_at, swap.at "
            "FROM swap_notice JOIN swap ON swap.id = swap_notice.swap_id "
            "WHERE swap_id IN (SELECT id FROM content_change)"
        )
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            sa.text(
                "SELECT setval(pg_get_serial_sequence('content_change', 'id'), "
                "(SELECT max(id) FROM content_change)) "
                "WHERE EXISTS (SELECT 1 FROM content_change)"
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("recall") as batch_op:
        batch_op.add_column(sa.Column("lot_id", sa.Integer(), nullable=True))
    op.execute(
        sa.text(
            "UPDATE recall SET lot_id = "
            "(SELECT min(lot_id) FROM recall_lot WHERE recall_lot.recall_id = recall.id)"
        )
    )
    with op.batch_alter_table("recall") as batch_op:
        batch_op.alter_column("lot_id", nullable=False, existing_type=sa.Integer())
        batch_op.create_index(batch_op.f("ix_recall_lot_id"), ["lot_id"])
        batch_op.create_foreign_key(batch_op.f("fk_recall_lot_id_lot"), "lot", ["lot_id"], ["id"])
    op.drop_table("recall_lot")
    for table, columns in (
        ("recall", ("lifted_because", "lifted_at")),
        ("portion", ("meats",)),
        ("order_line", ("meats", "is_vegetarian", "may_contain")),
        ("customer_order", ("blocked_at",)),
        ("batch", ("discarded_at", "blocked_at")),
        ("swap", ("undone_at",)),
    ):
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
    op.create_table(
        "swap_notice",
        sa.Column("swap_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("new_allergens", sa.String(length=200), nullable=False),
        sa.Column("gone_allergens", sa.String(length=200), nullable=False),
        sa.Column("meat_changed", sa.Boolean(), nullable=False),
        sa.Column("vegetarian_lost", sa.Boolean(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_line.id"],
            name=op.f("fk_swap_notice_order_line_id_order_line"),
        ),
        sa.ForeignKeyConstraint(["swap_id"], ["swap.id"], name=op.f("fk_swap_notice_swap_id_swap")),
        sa.PrimaryKeyConstraint("swap_id", "order_line_id", name=op.f("pk_swap_notice")),
    )
    op.drop_table("content_notice")
    op.drop_table("content_change")
