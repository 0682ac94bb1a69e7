"""What was changed by hand in the rounds, to be undone; and rounds whose departure somebody set."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("stamp", sa.String(length=16), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_amendment_service_id_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    op.create_index(op.f("ix_amendment_service_id"), "amendment", ["service_id"])
    with op.batch_alter_table("round") as batch_op:
        batch_op.add_column(
            sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("round") as batch_op:
        batch_op.drop_column("is_held")
    op.drop_index(op.f("ix_amendment_service_id"), table_name="amendment")
    op.drop_table("amendment")
