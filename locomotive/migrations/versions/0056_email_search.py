"""The office finds an order by its mail address, too."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None
SEARCHED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
MAILED = sa.text(
    "SELECT id, email FROM customer_order WHERE id > :after AND email <> '' ORDER BY id LIMIT 1000"
)
FILLED = sa.text("UPDATE customer_order SET email_key = :email WHERE id = :id")


def upgrade() -> None:
    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.add_column(sa.Column("email_key", SEARCHED, server_default="", nullable=False))
    fill()
    op.create_index("ix_customer_order_email_key", "customer_order", ["email_key", "id"])


def fill() -> None:
    """Write the key of the orders that still have an address; SQLite's lower() knows ASCII only."""
    connection, after = op.get_bind(), 0
    while rows := connection.execute(MAILED, {"after": after}).all():
        after = rows[-1].id
        connection.execute(FILLED, [{"id": row.id, "email": row.email.lower()} for row in rows])


def downgrade() -> None:
    op.drop_index("ix_customer_order_email_key", "customer_order")
    op.execute("ALTER TABLE customer_order DROP COLUMN email_key")
