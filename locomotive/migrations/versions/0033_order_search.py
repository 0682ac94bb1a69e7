"""What the office searches orders by: name and place in plain letters, the digits of the phone."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0026"
branch_labels = None
depends_on = None
INDEXES = ("number", "status", "name_key", "phone_key", "place_key")
SEARCHED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
NAMED = sa.text(
    "SELECT id, first_name, phone, place_name, street FROM customer_order "
    "WHERE id > :after AND (first_name <> '' OR place_name <> '' OR street <> '') "
    "ORDER BY id LIMIT 1000"
)
FILLED = sa.text(
    "UPDATE customer_order SET name_key = :name, phone_key = :phone, place_key = :place "
    "WHERE id = :id"
)


def upgrade() -> None:
    with op.batch_alter_table("customer_order") as batch_op:
        for name in INDEXES[2:]:
            batch_op.add_column(sa.Column(name, SEARCHED, server_default="", nullable=False))
    fill()
    for name in INDEXES:
        op.create_index(f"ix_customer_order_{name}", "customer_order", [name, "id"])


def fill() -> None:
    """Write the keys of the orders that still name somebody."""
    connection, after = op.get_bind(), 0
    while rows := connection.execute(NAMED, {"after": after}).all():
        after = rows[-1].id
        connection.execute(FILLED, [keys_of(row) for row in rows])


def keys_of(row: sa.Row) -> dict[str, object]:
    where = row.place_name or row.street
    digits = "".join(c for c in row.phone if c in "0123456789")
    foreign = row.phone.startswith("+33")
    return {
        "id": row.id,
        "name": plain(row.first_name),
        "phone": f"0{digits[2:]}" if foreign else digits,
        "place": plain(where).lstrip("0123456789 "),
    }


def plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f"ix_customer_order_{name}", "customer_order")
    with op.batch_alter_table("customer_order") as batch_op:
        for name in INDEXES[2:]:
            batch_op.drop_column(name)
