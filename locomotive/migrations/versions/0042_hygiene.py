"""Control points, readings, corrective acts, coolings and limits of food safety."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "control_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("own_limit", sa.Integer(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("every_days > 0", name=op.f("ck_control_point_every_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_point")),
    )
    op.create_table(
        "thermal_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("target_tenths", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thermal_step")),
    )
    op.create_table(
        "changed_limit",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_changed_limit")),
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=True),
        sa.Column("step_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=True),
        sa.Column("limit_tenths", sa.Integer(), nullable=True),
        sa.Column("is_out", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(point_id IS NULL) <> (step_id IS NULL)", name=op.f("ck_reading_of_one")
        ),
        sa.ForeignKeyConstraint(
            ["point_id"], ["control_point.id"], name=op.f("fk_reading_point_id_control_point")
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["thermal_step.id"], name=op.f("fk_reading_step_id_thermal_step")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    for column in ("day", "point_id", "step_id"):
        op.create_index(f"ix_reading_{column}", "reading", [column])
    op.create_table(
        "corrective_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["reading.id"], name=op.f("fk_corrective_act_reading_id_reading")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_act")),
    )
    op.create_index("ix_corrective_act_reading_id", "corrective_act", ["reading_id"])


def downgrade() -> None:
    for table in ("corrective_act", "reading", "changed_limit", "thermal_step", "control_point"):
        op.drop_table(table)
