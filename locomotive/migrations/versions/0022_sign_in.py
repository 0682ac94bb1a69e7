"""Sign-ins belong to accounts and end when nobody uses them; links that let in once."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_sign_in_staff_id"), ["staff_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_sign_in_staff_id_staff"), "staff", ["staff_id"], ["id"]
        )
    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.add_column(
            sa.Column("is_single", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # Managers' links of before were good for a week and any number of times.
    op.execute(
        "UPDATE entry_link SET revoked_at = expires_at "
        "WHERE role = 'manager' AND revoked_at IS NULL"
    )
    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.alter_column("is_single", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("entry_link") as batch_op:
        batch_op.drop_column("is_single")
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_sign_in_staff_id_staff"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_sign_in_staff_id"))
        batch_op.drop_column("seen_at")
        batch_op.drop_column("staff_id")
