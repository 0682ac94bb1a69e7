"""The farm: suppliers and produce, purchases, lots, recipes, batches, recalls."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "produce",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_grams", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("species", sa.String(length=20), nullable=False),
        sa.Column("is_vegetarian", sa.Boolean(), nullable=False),
        sa.Column("storage", sa.String(length=20), nullable=False),
        sa.Column("season_from", sa.Integer(), nullable=True),
        sa.Column("season_to", sa.Integer(), nullable=True),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.CheckConstraint("season_from BETWEEN 1 AND 12", name=op.f("ck_produce_season_from")),
        sa.CheckConstraint("season_to BETWEEN 1 AND 12", name=op.f("ck_produce_season_to")),
        sa.CheckConstraint("unit_grams > 0", name=op.f("ck_produce_unit_grams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_produce")),
        sa.UniqueConstraint("name", name=op.f("uq_produce_name")),
    )
    op.create_table(
        "supplier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_neighbour", sa.Boolean(), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("town", sa.String(length=200), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("distance_m >= 0", name=op.f("ck_supplier_distance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("name", name=op.f("uq_supplier_name")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dish_id", sa.Integer(), nullable=False),
        sa.Column("portions", sa.Integer(), nullable=False),
        sa.Column("cooked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("serves_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("serves_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("core_tenths", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("portions > 0", name=op.f("ck_batch_portions")),
        sa.ForeignKeyConstraint(["dish_id"], ["dish.id"], name=op.f("fk_batch_dish_id_dish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.Index(op.f("ix_batch_day"), "day"),
    )
    op.create_table(
        "leftover",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dish_id", sa.Integer(), nullable=False),
        sa.Column("unsold", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("wasted", sa.Integer(), nullable=False),
        sa.Column("given_to", sa.String(length=200), nullable=False),
        sa.Column("grams_each", sa.Integer(), nullable=False),
        sa.CheckConstraint("given + wasted <= unsold", name=op.f("ck_leftover_sum")),
        sa.CheckConstraint(
            "unsold >= 0 AND given >= 0 AND wasted >= 0", name=op.f("ck_leftover_portions")
        ),
        sa.ForeignKeyConstraint(["dish_id"], ["dish.id"], name=op.f("fk_leftover_dish_id_dish")),
        sa.PrimaryKeyConstraint("day", "dish_id", name=op.f("pk_leftover")),
    )
    op.create_table(
        "pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("produce_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pack_amount")),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_pack_price")),
        sa.ForeignKeyConstraint(
            ["produce_id"], ["produce.id"], name=op.f("fk_pack_produce_id_produce")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_pack_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
        sa.UniqueConstraint(
            "supplier_id", "produce_id", "unit", name=op.f("uq_pack_supplier_id_produce_id_unit")
        ),
        sa.Index(op.f("ix_pack_produce_id"), "produce_id"),
    )
    op.create_table(
        "produce_allergen",
        sa.Column("produce_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["produce_id"], ["produce.id"], name=op.f("fk_produce_allergen_produce_id_produce")
        ),
        sa.PrimaryKeyConstraint("produce_id", "code", name=op.f("pk_produce_allergen")),
    )
    op.create_table(
        "purchase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("for_day", sa.Date(), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_tries", sa.Integer(), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_error", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_purchase_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.Index(op.f("ix_purchase_mail_due_at"), "mail_due_at"),
        sa.Index(op.f("ix_purchase_supplier_id"), "supplier_id"),
    )
    op.create_table(
        "recipe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("dish_id", sa.Integer(), nullable=True),
        sa.Column("makes", sa.Integer(), nullable=False),
        sa.Column("asks_temperature", sa.Boolean(), nullable=False),
        sa.CheckConstraint("makes > 0", name=op.f("ck_recipe_makes")),
        sa.ForeignKeyConstraint(["dish_id"], ["dish.id"], name=op.f("fk_recipe_dish_id_dish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe")),
        sa.UniqueConstraint("dish_id", name=op.f("uq_recipe_dish_id")),
        sa.UniqueConstraint("name", name=op.f("uq_recipe_name")),
    )
    op.create_table(
        "supplier_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_link_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_supplier_link_token_hash")),
        sa.Index(op.f("ix_supplier_link_supplier_id"), "supplier_id"),
    )
    op.create_table(
        "swap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dish_id", sa.Integer(), nullable=False),
        sa.Column("out_id", sa.Integer(), nullable=False),
        sa.Column("in_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dish_id"], ["dish.id"], name=op.f("fk_swap_dish_id_dish")),
        sa.ForeignKeyConstraint(["in_id"], ["produce.id"], name=op.f("fk_swap_in_id_produce")),
        sa.ForeignKeyConstraint(["out_id"], ["produce.id"], name=op.f("fk_swap_out_id_produce")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
        sa.Index(op.f("ix_swap_day"), "day"),
    )
    op.create_table(
        "delivery_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("purchase_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("photo", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_delivery_note_purchase_id_purchase")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_delivery_note_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_note")),
        sa.UniqueConstraint(
            "supplier_id", "number", name=op.f("uq_delivery_note_supplier_id_number")
        ),
        sa.Index(op.f("ix_delivery_note_purchase_id"), "purchase_id"),
    )
    op.create_table(
        "holding_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_holding_reading_batch_id_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding_reading")),
        sa.Index(op.f("ix_holding_reading_batch_id"), "batch_id"),
    )
    op.create_table(
        "purchase_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purchase_id", sa.Integer(), nullable=False),
        sa.Column("produce_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("pack_amount", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("answered_packs", sa.Integer(), nullable=True),
        sa.CheckConstraint("packs > 0", name=op.f("ck_purchase_line_packs")),
        sa.ForeignKeyConstraint(
            ["produce_id"], ["produce.id"], name=op.f("fk_purchase_line_produce_id_produce")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_purchase_line_purchase_id_purchase")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_line")),
        sa.Index(op.f("ix_purchase_line_purchase_id"), "purchase_id"),
    )
    op.create_table(
        "recipe_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipe_id", sa.Integer(), nullable=False),
        sa.Column("produce_id", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(produce_id IS NULL) <> (part_id IS NULL)", name=op.f("ck_recipe_line_one_of_two")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_recipe_line_amount")),
        sa.ForeignKeyConstraint(
            ["part_id"], ["recipe.id"], name=op.f("fk_recipe_line_part_id_recipe")
        ),
        sa.ForeignKeyConstraint(
            ["produce_id"], ["produce.id"], name=op.f("fk_recipe_line_produce_id_produce")
        ),
        sa.ForeignKeyConstraint(
            ["recipe_id"], ["recipe.id"], name=op.f("fk_recipe_line_recipe_id_recipe")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe_line")),
        sa.Index(op.f("ix_recipe_line_recipe_id"), "recipe_id"),
    )
    op.create_table(
        "supply_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("low > 0 AND high >= low", name=op.f("ck_supply_offer_range")),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_supply_offer_price")),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["pack.id"], name=op.f("fk_supply_offer_pack_id_pack")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_supply_offer_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_offer")),
        sa.Index(op.f("ix_supply_offer_supplier_id"), "supplier_id"),
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("produce_id", sa.Integer(), nullable=False),
        sa.Column("purchase_line_id", sa.Integer(), nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("cost_cents", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("harvested_on", sa.Date(), nullable=True),
        sa.Column("use_by", sa.Date(), nullable=True),
        sa.Column("tenths", sa.Integer(), nullable=True),
        sa.Column("born_in", sa.String(length=2), nullable=False),
        sa.Column("reared_in", sa.String(length=2), nullable=False),
        sa.Column("slaughtered_in", sa.String(length=2), nullable=False),
        sa.Column("refused_because", sa.String(length=200), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("received > 0", name=op.f("ck_lot_received")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_lot_stock")),
        sa.ForeignKeyConstraint(
            ["note_id"], ["delivery_note.id"], name=op.f("fk_lot_note_id_delivery_note")
        ),
        sa.ForeignKeyConstraint(
            ["produce_id"], ["produce.id"], name=op.f("fk_lot_produce_id_produce")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_line_id"],
            ["purchase_line.id"],
            name=op.f("fk_lot_purchase_line_id_purchase_line"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_lot_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.Index(op.f("ix_lot_note_id"), "note_id"),
        sa.Index("ix_lot_produce_id_stock", "produce_id", "stock"),
        sa.Index(op.f("ix_lot_received_on"), "received_on"),
        sa.Index(op.f("ix_lot_supplier_id"), "supplier_id"),
    )
    op.create_table(
        "note_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("produce_id", sa.Integer(), nullable=False),
        sa.Column("purchase_line_id", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("pack_amount", sa.Integer(), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("harvested_on", sa.Date(), nullable=True),
        sa.Column("use_by", sa.Date(), nullable=True),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.CheckConstraint("packs > 0", name=op.f("ck_note_line_packs")),
        sa.ForeignKeyConstraint(
            ["note_id"], ["delivery_note.id"], name=op.f("fk_note_line_note_id_delivery_note")
        ),
        sa.ForeignKeyConstraint(
            ["produce_id"], ["produce.id"], name=op.f("fk_note_line_produce_id_produce")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_line_id"],
            ["purchase_line.id"],
            name=op.f("fk_note_line_purchase_line_id_purchase_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_line")),
        sa.Index(op.f("ix_note_line_note_id"), "note_id"),
    )
    op.create_table(
        "batch_lot",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_batch_lot_amount")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_batch_lot_batch_id_batch")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_batch_lot_lot_id_lot")),
        sa.PrimaryKeyConstraint("batch_id", "lot_id", name=op.f("pk_batch_lot")),
        sa.Index(op.f("ix_batch_lot_lot_id"), "lot_id"),
    )
    op.create_table(
        "lot_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("for_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_movement_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_movement")),
        sa.Index("ix_lot_movement_for_day", "for_day"),
        sa.Index(op.f("ix_lot_movement_lot_id"), "lot_id"),
    )
    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column("is_exercise", sa.Boolean(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_recall_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.Index(op.f("ix_recall_lot_id"), "lot_id"),
    )
    op.create_table(
        "swap_notice",
        sa.Column("swap_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("new_allergens", sa.String(length=200), nullable=False),
        sa.Column("gone_allergens", sa.String(length=200), nullable=False),
        sa.Column("meat_changed", sa.Boolean(), nullable=False),
        sa.Column("vegetarian_lost", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_line.id"],
            name=op.f("fk_swap_notice_order_line_id_order_line"),
        ),
        sa.ForeignKeyConstraint(["swap_id"], ["swap.id"], name=op.f("fk_swap_notice_swap_id_swap")),
        sa.PrimaryKeyConstraint("swap_id", "order_line_id", name=op.f("pk_swap_notice")),
    )
    with op.batch_alter_table("message") as batch_op:
        batch_op.add_column(
            sa.Column("text", sa.String(length=2000), nullable=False, server_default="")
        )

    with op.batch_alter_table("order_line") as batch_op:
        batch_op.add_column(
            sa.Column("origin", sa.String(length=500), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("order_line") as batch_op:
        batch_op.drop_column("origin")

    with op.batch_alter_table("message") as batch_op:
        batch_op.drop_column("text")

    op.drop_table("swap_notice")
    op.drop_table("recall")
    op.drop_table("lot_movement")
    op.drop_table("batch_lot")
    op.drop_table("note_line")
    op.drop_table("lot")
    op.drop_table("supply_offer")
    op.drop_table("recipe_line")
    op.drop_table("purchase_line")
    op.drop_table("holding_reading")
    op.drop_table("delivery_note")
    op.drop_table("swap")
    op.drop_table("supplier_link")
    op.drop_table("recipe")
    op.drop_table("purchase")
    op.drop_table("produce_allergen")
    op.drop_table("pack")
    op.drop_table("leftover")
    op.drop_table("batch")
    op.drop_table("supplier")
    op.drop_table("produce")
