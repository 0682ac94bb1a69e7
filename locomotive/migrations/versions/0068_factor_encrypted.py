"""The secret of an account's codes is encrypted under the house's own secret."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from locomotive.core.tokens import decrypt, encrypt

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

PURPOSE = "second factor"
STAFF = sa.table("staff", sa.column("id", sa.Integer), sa.column("factor_secret", sa.String))


def upgrade() -> None:
    with op.batch_alter_table("staff") as batch_op:
        batch_op.alter_column(
            "factor_secret", existing_type=sa.String(length=64), type_=sa.String(length=255)
        )
    key = current_app.extensions["settings"].secret_key
    _rewrite(lambda secret: encrypt(key, PURPOSE, secret))


def downgrade() -> None:
    key = current_app.extensions["settings"].secret_key
    _rewrite(lambda secret: decrypt(key, PURPOSE, secret))
    with op.batch_alter_table("staff") as batch_op:
        batch_op.alter_column(
            "factor_secret", existing_type=sa.String(length=255), type_=sa.String(length=64)
        )


def _rewrite(change):
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(STAFF.c.id, STAFF.c.factor_secret).where(STAFF.c.factor_secret.is_not(None))
    ).all()
    for row in rows:
        connection.execute(
            sa.update(STAFF)
            .where(STAFF.c.id == row.id)
            .values(factor_secret=change(row.factor_secret))
        )
