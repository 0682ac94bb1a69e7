"""The farm of the demonstration: suppliers, recipes, this week's lots, what was bought before."""

import json
import random
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..batches.leftover import Leftover, save_leftovers
from ..buying.note import NoteLine, send_note
from ..buying.offer import SupplyOffer, offer
from ..buying.purchase import Terms, answer, order_packs
from ..core.clock import local
from ..farm.lot import Lot, receive, use
from ..farm.produce import Produce, ProduceAllergen
from ..farm.supplier import Pack, Supplier, renew_link
from ..farm.unit import ONE
from ..menu.dish import Dish
from ..menu.recipe import Book, Recipe, read_book, save_recipe
from ..origins.batch import Batch, BatchLot, cook, proposed
from ..origins.need import needs

FACTS = Path(__file__).with_suffix(".json")
WEEKS_BEFORE = 18
KEPT_COLD = 30  # tenths of a degree on arrival
FROZEN = -190


def load_farm(session: Session, dishes: list[Dish], *, secret: str, now: datetime) -> None:
    """Write suppliers, produce, recipes and the months before, once."""
    if session.scalar(select(Supplier.id).limit(1)) is not None:
        return
    facts: dict[str, Any] = json.loads(FACTS.read_text())
    suppliers = [Supplier(**row) for row in facts["suppliers"]]
    session.add_all(suppliers)
    session.flush()
    renew_link(session, suppliers[0], secret=secret, now=now)
    for row in facts["produce"]:
        _produce(session, row, suppliers[row["from"]])
    _recipes(session, facts, {dish.name: dish for dish in dishes})
    dice = random.Random("the months before")
    _months_before(session, facts, dishes, dice, now)
    _leftovers_before(session, dishes, dice, now)


def _produce(session: Session, row: dict[str, Any], supplier: Supplier) -> None:
    unit, holds, cents = row["pack"]
    first, last = row.get("season", (None, None))
    produce = Produce(
        name=row["name"],
        unit=row.get("unit", "kg"),
        unit_grams=row.get("grams", ONE),
        kind=row["kind"],
        species=row.get("species", ""),
        is_vegetarian=row.get("is_vegetarian", row["kind"] not in ("meat", "fish")),
        storage=row.get("storage", "dry"),
        shelf=row.get("shelf", ""),
        season_from=first,
        season_to=last,
    )
    levels = dict.fromkeys(row.get("contains", ()), "contains")
    levels |= dict.fromkeys(row.get("may_contain", ()), "may contain")
    produce.allergens = [ProduceAllergen(code=c, level=level) for c, level in levels.items()]
    session.add(produce)
    session.flush()
    amount = round(holds * ONE)
    session.add(
        Pack(
            supplier_id=supplier.id,
            produce_id=produce.id,
            unit=unit,
            amount=amount,
            price_cents=cents,
        )
    )
    session.flush()


def _named(session: Session) -> dict[str, Produce]:
    return {produce.name: produce for produce in session.scalars(select(Produce))}


def _recipes(session: Session, facts: dict[str, Any], dishes: dict[str, Dish]) -> None:
    produce, parts = _named(session), dict[str, Recipe]()

    def lines(row: dict[str, Any]) -> list[tuple[int | None, int | None, int]]:
        return [
            (None, parts[name].id, round(amount * ONE))
            if name in parts
            else (produce[name].id, None, round(amount * ONE))
            for name, amount in row["lines"].items()
        ]

    for row in facts["parts"]:
        part = Recipe(name=row["name"], makes=row["makes"] * ONE)
        parts[row["name"]] = save_recipe(session, part, lines(row))
    for name, row in facts["recipes"].items():
        if name in dishes:
            asks = row.get("asks", False)
            recipe = Recipe(name=name, dish_id=dishes[name].id, makes=10, asks_temperature=asks)
            save_recipe(session, recipe, lines(row))


def _lot(
    session: Session, row: dict[str, Any], amount: int, received_on: date, now: datetime
) -> Lot:
    """Receive so much of one produce from its usual supplier."""
    produce = session.scalars(select(Produce).filter_by(name=row["name"])).one()
    pack = session.scalars(select(Pack).filter_by(produce_id=produce.id)).first()
    assert pack is not None
    packs = ceil(amount / pack.amount)
    is_fresh = row["kind"] in ("vegetable", "fruit", "herb") and produce.storage != "frozen"
    born, reared, slaughtered = row.get("countries", ("", "", ""))
    lot = Lot(
        supplier_id=pack.supplier_id,
        produce_id=produce.id,
        received=packs * pack.amount,
        cost_cents=packs * (pack.price_cents or 0),
        received_on=received_on,
        harvested_on=received_on - timedelta(days=1) if row["from"] == 0 and is_fresh else None,
        use_by=received_on + timedelta(days=6) if produce.storage == "cold" else None,
        tenths={"cold": KEPT_COLD, "frozen": FROZEN}.get(produce.storage),
        born_in=born,
        reared_in=reared,
        slaughtered_in=slaughtered,
    )
    if row["from"] == 0 and not is_fresh:  # pressed some weeks ago
        lot.harvested_on = received_on - timedelta(days=20)
    return receive(session, lot, is_sure=True, now=now)


def _months_before(
    session: Session,
    facts: dict[str, Any],
    dishes: list[Dish],
    dice: random.Random,
    now: datetime,
) -> None:
    """Lots of each week before, all of them cooked."""
    eaten_in = _eaten_in(session, dishes, local(now).date())
    rows = [row for row in facts["produce"] if row["kind"] != "grocery"]
    for week in range(WEEKS_BEFORE, 0, -1):
        at = now - timedelta(days=7 * week)
        for row in dice.sample(rows, k=7):
            amount = round(dice.uniform(8, 24) * ONE * (1.6 if row["from"] == 0 else 0.7))
            lot = _lot(session, row, amount, local(at).date(), at)
            _cook_all(session, lot, *eaten_in.get(lot.produce_id, (dishes[0].id, ONE)), now=at)


def _eaten_in(session: Session, dishes: list[Dish], day: date) -> dict[int, tuple[int, int]]:
    """Produce id → a dish that holds it, and thousandths for one portion."""
    book = read_book(session)
    return {
        produce_id: (dish.id, max(1, round(amount)))
        for dish in dishes
        for produce_id, amount in book.per_portion(dish.id, day).items()
    }


def _cook_all(session: Session, lot: Lot, dish_id: int, each: int, *, now: datetime) -> None:
    """Cook a whole lot as one batch of a dish."""
    portions, part = max(1, lot.stock // each), BatchLot(lot_id=lot.id, amount=lot.stock)
    use(session, {lot.id: lot.stock}, for_day=lot.received_on, now=now)
    batch = Batch(day=lot.received_on, dish_id=dish_id, portions=portions, cooked_at=now)
    batch.lots = [part]
    session.add(batch)


def _leftovers_before(
    session: Session, dishes: list[Dish], dice: random.Random, now: datetime
) -> None:
    book = read_book(session)
    for days in range(7, 7 * WEEKS_BEFORE, 5):
        day = local(now - timedelta(days=days)).date()
        chosen = dice.sample(dishes[:8], k=min(3, len(dishes)))
        save_leftovers(session, [_leftover(book, dish, day, dice) for dish in chosen])


def _leftover(book: Book, dish: Dish, day: date, dice: random.Random) -> Leftover:
    unsold = dice.randrange(0, 5)
    given = dice.randrange(0, unsold + 1)
    return Leftover(
        day=day,
        dish_id=dish.id,
        unsold=unsold,
        given=given,
        wasted=dice.randrange(0, unsold - given + 1),
        given_to="Les Restos" if given else "",
        grams_each=round(book.grams_per_portion(dish.id)),
    )


def load_week(session: Session, day: date, portions: dict[int, int], *, now: datetime) -> None:
    """Bring in what the lunch of a day needs (dish id → portions), and what goes on around it:
    a dish cooked the evening before, the farmer's offers, an order on its way."""
    facts: dict[str, Any] = json.loads(FACTS.read_text())
    book = read_book(session)
    wanted = needs(book, {day: portions})[day]
    produce = _named(session)
    received_on = min(local(now).date(), day)
    for row in facts["produce"]:
        needed = wanted.get(produce[row["name"]].id, 0)
        short = facts["short"].get(row["name"])
        amount = round(short * ONE) if short else round(needed * 1.1)
        if amount:
            _lot(session, row, amount, received_on, now)
    _evening_before(session, day, portions, now)
    _farmers_week(session, facts, produce, received_on, now)


def _evening_before(session: Session, day: date, portions: dict[int, int], now: datetime) -> None:
    """The stew is better the next day."""
    dish = session.scalar(select(Dish).filter_by(name="Carbonade flamande"))
    if dish is None or not portions.get(dish.id):
        return
    book = read_book(session)
    lots = proposed(session, book, dish.id, portions=portions[dish.id], day=day)
    amounts = {lot.id: amount for here in lots.values() for lot, amount in here}
    batch = Batch(day=day, dish_id=dish.id, portions=portions[dish.id], core_tenths=912)
    cook(session, book, batch, amounts, now=now)


def _farmers_week(
    session: Session,
    facts: dict[str, Any],
    produce: dict[str, Produce],
    today: date,
    now: datetime,
) -> None:
    farmer = session.scalars(select(Supplier).filter_by(is_neighbour=True)).one()
    packs = {pack.produce.name: pack for pack in farmer.packs}
    for row in facts["offers"]:
        made = SupplyOffer(
            pack_id=packs[row["produce"]].id,
            low=row["low"] * ONE,
            high=row["high"] * ONE,
            from_day=today,
            remark=row["remark"],
            at=now,
        )
        offer(session, farmer, made, is_sure=True, today=today)
    wanted = {packs[name].id: number for name, number in facts["announced"].items()}
    purchase = order_packs(session, farmer, wanted, Terms(today), now=now)
    purchase.mail_due_at = None
    answer(session, purchase, {}, now=now)
    lines = [
        NoteLine(
            produce_id=line.produce_id,
            purchase_line_id=line.id,
            unit=line.unit,
            pack_amount=line.pack_amount,
            packs=line.packs * ONE,
            price_cents=line.price_cents,
            harvested_on=today,
        )
        for line in purchase.lines
    ]
    number = f"{purchase.id}"
    send_note(session, farmer, lines, number=number, purchase=purchase, now=now)
