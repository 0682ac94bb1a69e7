"""Rounds: locks of a plan, the rider's acts, seconds at a door, a tricycle's speed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_lock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("tricycle_id", sa.Integer(), nullable=True),
        sa.Column("cost_seconds", sa.Integer(), nullable=True),
        sa.Column("cost_orders", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_plan_lock_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["customer_order.id"], name=op.f("fk_plan_lock_other_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_plan_lock_service_id_service")
        ),
        sa.ForeignKeyConstraint(
            ["tricycle_id"], ["tricycle.id"], name=op.f("fk_plan_lock_tricycle_id_tricycle")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_lock")),
        sa.Index(op.f("ix_plan_lock_service_id"), "service_id"),
    )
    op.create_table(
        "round_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("stop_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("boxes_back", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["stop_id"], ["round_stop.id"], name=op.f("fk_round_act_stop_id_round_stop")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_act")),
        sa.UniqueConstraint("key", name=op.f("uq_round_act_key")),
        sa.Index(op.f("ix_round_act_stop_id"), "stop_id"),
    )
    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.add_column(sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("place") as batch_op:
        batch_op.add_column(sa.Column("door_seconds", sa.Integer(), nullable=True))

    with op.batch_alter_table("tricycle") as batch_op:
        batch_op.add_column(
            sa.Column("speed_factor", sa.Double(), server_default="1", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("tricycle") as batch_op:
        batch_op.drop_column("speed_factor")

    with op.batch_alter_table("place") as batch_op:
        batch_op.drop_column("door_seconds")

    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.drop_column("ready_at")

    op.drop_table("round_act")
    op.drop_table("plan_lock")
