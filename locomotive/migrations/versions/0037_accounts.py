"""Second factors and their recovery codes, links of accounts, where sign-ins come from."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=200), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code") as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_staff_id"), ["staff_id"])
    with op.batch_alter_table("staff") as batch_op:
        batch_op.add_column(sa.Column("factor_secret", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("factor_step", sa.Integer(), nullable=True))
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.add_column(sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("browser", sa.String(length=200), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("network", sa.String(length=64), nullable=False, server_default="")
        )
    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("drops_factor", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_index(batch_op.f("ix_entry_link_staff_id"), ["staff_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_entry_link_staff_id_staff"), "staff", ["staff_id"], ["id"]
        )
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.alter_column("browser", server_default=None)
        batch_op.alter_column("network", server_default=None)
    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.alter_column("drops_factor", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_entry_link_staff_id_staff"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_entry_link_staff_id"))
        batch_op.drop_column("drops_factor")
        batch_op.drop_column("staff_id")
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.drop_column("network")
        batch_op.drop_column("browser")
        batch_op.drop_column("proved_at")
    with op.batch_alter_table("staff") as batch_op:
        batch_op.drop_column("factor_step")
        batch_op.drop_column("factor_secret")
    op.drop_table("recovery_code")
