"""Two suppliers, their produce and recipes, for the tests of the farm."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.farm.lot import Lot, receive
from locomotive.farm.produce import Produce, save_produce
from locomotive.farm.supplier import Pack, Supplier, add_pack, save_supplier
from locomotive.farm.unit import ONE
from locomotive.menu.dish import Dish
from locomotive.menu.menu import publish, set_portions
from locomotive.menu.recipe import Recipe, read_book, save_recipe
from locomotive.origins.batch import Batch, cook, proposed
from tests.service_day import DATE, DISHES, Day

FARM, GROCER = "Ferme du Test", "Grossiste du Test"


def kg(number: float) -> int:
    """Kilos in thousandths."""
    return round(number * ONE)


def supplier(name: str = FARM, **facts: object) -> Supplier:
    """A supplier of the cast; the farm is the neighbouring one, 1.2 km away."""
    found = db.session.scalar(select(Supplier).filter_by(name=name))
    if found is None:
        is_near = name == FARM
        usual = {"is_neighbour": is_near, "distance_m": 1200 if is_near else 40_000}
        with write_tx() as session:
            found = save_supplier(session, Supplier(name=name, **{**usual, **facts}))
    return found


def produce(name: str, *, allergens: dict[str, str] | None = None, **facts: object) -> Produce:
    """A produce counted in kilos unless told otherwise; made once."""
    found = db.session.scalar(select(Produce).filter_by(name=name))
    if found is None:
        usual = {"unit": "kg", "kind": "vegetable", "unit_grams": ONE, "is_vegetarian": True}
        usual |= {"storage": "dry", "species": "beef" if facts.get("kind") == "meat" else ""}
        with write_tx() as session:
            made = Produce(name=name, **{**usual, **facts})
            found = save_produce(session, made, allergens=allergens or {})
    return found


def pack(
    name: str, unit: str = "kg", amount: float = 1, *, by: str = FARM, cents: int | None = 100
) -> Pack:
    """How a supplier sells a produce."""
    seller, sold = supplier(by), produce(name)
    with write_tx() as session:
        sold_in = {"unit": unit, "amount": kg(amount), "price_cents": cents}
        return add_pack(session, Pack(supplier_id=seller.id, produce_id=sold.id, **sold_in))


def lot(
    day: Day,
    name: str,
    amount: float = 10,
    *,
    by: str = FARM,
    harvested: date | None = DATE - timedelta(days=1),
    use_by: date | None = None,
    cents: int | None = 1000,
    countries: str = "FR FR FR",
) -> Lot:
    """A lot received on the day before the lunch."""
    made, seller = produce(name), supplier(by)
    born, reared, slaughtered = countries.split() if made.kind == "meat" else ("", "", "")
    with write_tx() as session:
        return receive(
            session,
            Lot(
                supplier_id=seller.id,
                produce_id=made.id,
                received=kg(amount),
                cost_cents=cents,
                received_on=DATE - timedelta(days=1),
                harvested_on=harvested,
                use_by=use_by,
                born_in=born,
                reared_in=reared,
                slaughtered_in=slaughtered,
            ),
            is_sure=True,
            now=day.at(7),
        )


def dish(name: str) -> Dish:
    """A dish of the cast by its short name."""
    return db.session.scalars(select(Dish).where(Dish.name == DISHES[name][0])).one()


def recipe(name: str, *, makes: int = 1, asks: bool = False, **lines: float) -> Recipe:
    """The recipe of a dish; produce is made when it is new (an underscore is a space)."""
    rows = [(produce(n.replace("_", " ")).id, None, kg(a)) for n, a in lines.items()]
    made = Recipe(name=name, dish_id=dish(name).id, makes=makes, asks_temperature=asks)
    with write_tx() as session:
        return save_recipe(session, made, rows)


def part(name: str, *, makes: float = 1, **lines: float) -> Recipe:
    """A recipe that is part of others."""
    rows = [(produce(n.replace("_", " ")).id, None, kg(a)) for n, a in lines.items()]
    with write_tx() as session:
        return save_recipe(session, Recipe(name=name, makes=kg(makes)), rows)


def batch(day: Day, name: str, portions: int, **facts: object) -> Batch:
    """Cook a dish from the lots that are proposed."""
    with write_tx() as session:
        book = read_book(session)
        made = Batch(day=DATE, dish_id=dish(name).id, portions=portions, **facts)
        lots = proposed(session, book, made.dish_id, portions=portions, day=DATE)
        amounts = {lot.id: amount for here in lots.values() for lot, amount in here}
        return cook(session, book, made, amounts, now=day.at(9))


def offer_menu(day: Day, on: date, **portions: int) -> None:
    """Publish a menu of another day."""
    with write_tx() as session:
        numbers = {dish(name).id: number for name, number in portions.items()}
        publish(session, set_portions(session, on, numbers, now=day.at(8)), now=day.at(8))


def stock(lot: Lot) -> int:
    """What the lot has left as the database says."""
    db.session.rollback()
    return db.session.scalars(select(Lot.stock).where(Lot.id == lot.id)).one()
