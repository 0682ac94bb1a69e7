"""The kitchen: portions cooked, exceptions, bags, devices, spoken names of dishes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.add_column(sa.Column("loading_position", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("must_not_contain", sa.String(length=200), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("bagged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("dish") as batch_op:
        batch_op.add_column(sa.Column("voice", sa.String(length=80), nullable=True))

    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.add_column(sa.Column("device_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_entry_link_device_id"), ["device_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_entry_link_device_id_device"), "device", ["device_id"], ["id"]
        )

    with op.batch_alter_table("order_line") as batch_op:
        batch_op.add_column(sa.Column("cooked", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_check_constraint(
            batch_op.f("ck_order_line_cooked"), "cooked BETWEEN 0 AND quantity"
        )

    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.add_column(sa.Column("device_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_sign_in_device_id"), ["device_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_sign_in_device_id_device"), "device", ["device_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_sign_in_device_id_device"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_sign_in_device_id"))
        batch_op.drop_column("device_id")

    with op.batch_alter_table("order_line") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_order_line_cooked"), type_="check")
        batch_op.drop_column("cooked")

    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_entry_link_device_id_device"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_entry_link_device_id"))
        batch_op.drop_column("device_id")

    with op.batch_alter_table("dish") as batch_op:
        batch_op.drop_column("voice")

    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.drop_column("acknowledged_at")
        batch_op.drop_column("bagged_at")
        batch_op.drop_column("must_not_contain")
        batch_op.drop_column("loading_position")

    op.drop_table("device")
