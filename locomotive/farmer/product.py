"""A product that a supplier adds to his list by himself."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..farm.allergen import ALLERGENS
from ..farm.produce import Produce, save_produce
from ..farm.supplier import Pack, Supplier, add_pack
from ..farm.unit import ONE, UNITS
from ..web.spreadsheet import plain_name


@dataclass(frozen=True)
class Product:
    """What he calls it, its kind, how he sells it, and his price of one, in cents."""

    name: str
    kind: str
    unit: str
    amount: int  # thousandths of kilos that one holds, for what is no unit by itself
    price_cents: int | None = None


def add_product(session: Session, supplier: Supplier, product: Product) -> Pack:
    """Put a product on a supplier's list; a name that the kitchen knows is that produce. What is
    new has unknown allergens, so that no dish is sold of it before its label was read.

    Raises PackTaken, PackWrong.
    """
    known = {
        plain_name(name): id_ for id_, name in session.execute(select(Produce.id, Produce.name))
    }
    produce_id = known.get(plain_name(product.name))
    produce = session.get_one(Produce, produce_id) if produce_id else _new(session, product)
    produce.is_archived = False  # what he sells can be bought again
    is_unit = product.unit == produce.unit
    pack = Pack(
        supplier_id=supplier.id,
        produce_id=produce.id,
        unit=product.unit,
        amount=ONE if is_unit else product.amount,
        price_cents=product.price_cents,
    )
    return add_pack(session, pack)


def _new(session: Session, product: Product) -> Produce:
    unit = product.unit if product.unit in UNITS else "kg"
    made = Produce(name=product.name, unit=unit, unit_grams=ONE, kind=product.kind, storage="dry")
    return save_produce(session, made, allergens=dict.fromkeys(ALLERGENS, "unknown"))
