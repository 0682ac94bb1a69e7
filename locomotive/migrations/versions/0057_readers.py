"""Who gets the menus of the week by mail, and these mails."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("email_key", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader")),
        sa.UniqueConstraint("email_key", name=op.f("uq_reader_email_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_reader_token_hash")),
    )
    op.create_table(
        "reader_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('confirm', 'week')", name=op.f("ck_reader_mail_kind")),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["reader.id"], name=op.f("fk_reader_mail_reader_id_reader")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_mail")),
        sa.UniqueConstraint(
            "reader_id", "kind", "day", name=op.f("uq_reader_mail_reader_id_kind_day")
        ),
    )
    op.create_index(op.f("ix_reader_mail_state"), "reader_mail", ["state"])


def downgrade() -> None:
    op.drop_index(op.f("ix_reader_mail_state"), table_name="reader_mail")
    op.drop_table("reader_mail")
    op.drop_table("reader")
