"""The promise: tentative plans, refused slots, changes, proposals, the kitchen's stations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leg",
        sa.Column("map_version", sa.String(length=60), nullable=False),
        sa.Column("origin", sa.String(length=24), nullable=False),
        sa.Column("target", sa.String(length=24), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("metres", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("map_version", "origin", "target", name=op.f("pk_leg")),
    )
    op.create_table(
        "tentative_plan",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("decided", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_tentative_plan_service_id_service")
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_tentative_plan")),
    )
    op.create_table(
        "refused_slot",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_refused_slot_slot_id_slot")
        ),
        sa.PrimaryKeyConstraint("key", "slot_id", name=op.f("pk_refused_slot")),
        sa.Index(op.f("ix_refused_slot_slot_id"), "slot_id"),
    )
    op.create_table(
        "order_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("lines_before", sa.Text(), nullable=False),
        sa.Column("lines_after", sa.Text(), nullable=False),
        sa.Column("slot_before_id", sa.Integer(), nullable=False),
        sa.Column("slot_after_id", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["customer_order.id"],
            name=op.f("fk_order_change_order_id_customer_order"),
        ),
        sa.ForeignKeyConstraint(
            ["slot_after_id"], ["slot.id"], name=op.f("fk_order_change_slot_after_id_slot")
        ),
        sa.ForeignKeyConstraint(
            ["slot_before_id"], ["slot.id"], name=op.f("fk_order_change_slot_before_id_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change")),
        sa.Index(op.f("ix_order_change_order_id"), "order_id"),
    )
    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=True),
        sa.Column("margin_minutes", sa.Integer(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=True),
        sa.Column("late_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_promise_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_promise_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sa.Index(op.f("ix_promise_order_id"), "order_id"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("old_kind", sa.String(length=20), nullable=False),
        sa.Column("old_slot_id", sa.Integer(), nullable=False),
        sa.Column("new_slot_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["new_slot_id"], ["slot.id"], name=op.f("fk_proposal_new_slot_id_slot")
        ),
        sa.ForeignKeyConstraint(
            ["old_slot_id"], ["slot.id"], name=op.f("fk_proposal_old_slot_id_slot")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_proposal_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.Index(op.f("ix_proposal_order_id"), "order_id"),
    )
    op.create_table(
        "slot_station",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(length=20), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND capacity", name=op.f("ck_slot_station_used")),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_slot_station_slot_id_slot"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slot_id", "station", name=op.f("pk_slot_station")),
    )
    with op.batch_alter_table("dish") as batch_op:
        batch_op.add_column(
            sa.Column("work_seconds", sa.Integer(), nullable=False, server_default="0")
        )

    with op.batch_alter_table("order_line") as batch_op:
        batch_op.add_column(
            sa.Column("work_seconds", sa.Integer(), nullable=False, server_default="0")
        )

    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("message") as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(batch_op.f("uq_message_order_id_kind"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_message_order_id_kind_number"), ["order_id", "kind", "number"]
        )

    with op.batch_alter_table("slot") as batch_op:
        batch_op.add_column(
            sa.Column("capacity_portions", sa.Integer(), nullable=False, server_default="5000")
        )
        batch_op.add_column(
            sa.Column("used_portions", sa.Integer(), nullable=False, server_default="0")
        )
    # What stands already counts from the first day.
    op.execute(
        "UPDATE slot SET used_portions = COALESCE((SELECT SUM(l.quantity) FROM order_line l"
        " JOIN customer_order o ON o.id = l.order_id WHERE o.slot_id = slot.id"
        " AND o.status NOT IN ('cancelled', 'expired')), 0)"
    )
    with op.batch_alter_table("slot") as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_slot_used_portions"), "used_portions BETWEEN 0 AND capacity_portions"
        )


def downgrade() -> None:
    with op.batch_alter_table("slot") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_slot_used_portions"), type_="check")
        batch_op.drop_column("used_portions")
        batch_op.drop_column("capacity_portions")

    with op.batch_alter_table("message") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_message_order_id_kind_number"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_message_order_id_kind"), ["order_id", "kind"]
        )
        batch_op.drop_column("number")

    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.drop_column("held_until")

    with op.batch_alter_table("order_line") as batch_op:
        batch_op.drop_column("work_seconds")

    with op.batch_alter_table("dish") as batch_op:
        batch_op.drop_column("work_seconds")

    op.drop_table("slot_station")

    op.drop_table("proposal")
    op.drop_table("promise")
    op.drop_table("order_change")
    op.drop_table("refused_slot")
    op.drop_table("tentative_plan")
    op.drop_table("leg")
