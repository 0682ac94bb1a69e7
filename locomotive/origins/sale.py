"""Sale: what must be known of a dish as long as customers can order it."""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Refusal
from ..menu.dish import Dish
from ..menu.menu import AllergensUnknown, Menu, Portion, offered, publish
from ..menu.recipe import Book, IngredientUnknown, read_book
from .coverage import Coverage, coverage_between
from .origin import DishContent, content_of, plate

ALLERGENS_OPEN, MEAT_OPEN, RECALLED = "allergens", "meat", "recall"


class MeatOriginUnknown(Refusal):
    message = N_(
        "%(dish)s: the origin of the meat is not known. Receive its lot, or write the origin on "
        "the dish's card."
    )


class MeatUnanswered(Refusal):
    message = N_("%(dish)s: say on its card whether there is meat in it.")


class BatchRecalled(Refusal):
    message = N_("%(dish)s: a batch holds a recalled lot. Decide what becomes of it first.")


@dataclass(frozen=True)
class Unanswered:
    """What must be decided before a dish is sold: its allergens, the origin of its meat, or what
    becomes of a batch with a recalled lot."""

    dish: Dish
    question: str
    produce: tuple[str, ...] = ()  # what it is about; empty: the dish itself

    @property
    def refusal(self) -> Refusal:
        """Why the dish cannot be published."""
        values = {"dish": self.dish.name, "field": f"portions-{self.dish.id}"}
        if self.question == RECALLED:
            return BatchRecalled(**values)
        if self.question == MEAT_OPEN:
            is_asked = self.dish.has_meat is None and not self.produce
            return MeatUnanswered(**values) if is_asked else MeatOriginUnknown(**values)
        if self.produce:
            return IngredientUnknown(produce=", ".join(self.produce), **values)
        return AllergensUnknown(**values)


def unanswered(
    session: Session, menu: Menu, coverage: Mapping[int, Coverage], book: Book
) -> dict[int, Unanswered]:
    """Dish id → what is not known of a dish that the menu offers."""
    numbers = offered(session, menu)
    on_offer = [p.dish for p in menu.portions if numbers[p.dish_id]]
    contents = content_of(session, on_offer, menu.date, book)
    found = (_unanswered(dish, contents[dish.id], coverage, book, menu.date) for dish in on_offer)
    return {missing.dish.id: missing for missing in found if missing}


def _unanswered(
    dish: Dish, content: DishContent, coverage: Mapping[int, Coverage], book: Book, day: date
) -> Unanswered | None:
    if content.blocked:
        return Unanswered(dish, RECALLED, content.blocked)
    unknown = content.at().unknown
    if unknown or not (content.ahead.has_recipe or dish.allergens_are_known):
        return Unanswered(dish, ALLERGENS_OPEN, unknown)
    if dish.meat_origin:
        return None
    if not content.ahead.has_recipe:
        is_open = dish.has_meat or (dish.has_meat is None and not dish.is_vegetarian)
        return Unanswered(dish, MEAT_OPEN) if is_open else None
    lacking = _meat_without_lot(dish, coverage, book, day)
    return Unanswered(dish, MEAT_OPEN, lacking) if lacking else None


def _meat_without_lot(
    dish: Dish, coverage: Mapping[int, Coverage], book: Book, day: date
) -> tuple[str, ...]:
    """The meat of a dish that no lot, or not enough of them, tells the countries of."""
    inside = (book.ingredients[p] for p in book.per_portion(dish.id, day))
    meats = [meat for meat in inside if meat.kind == "meat"]
    return tuple(sorted(meat.name for meat in meats if not _is_told(coverage.get(meat.id))))


def _is_told(coverage: Coverage | None) -> bool:
    return coverage is not None and bool(coverage.parts) and not coverage.missing


def unanswered_between(
    session: Session, first: date, last: date, book: Book | None = None
) -> dict[date, dict[int, Unanswered]]:
    """Day → dish id → what is not known of the dishes that published menus offer."""
    book = book or read_book(session)
    days = _on_sale(session, first, last, book)
    return {menu.date: unanswered(session, menu, coverage, book) for menu, coverage in days}


def _on_sale(
    session: Session, first: date, last: date, book: Book
) -> list[tuple[Menu, Mapping[int, Coverage]]]:
    """The published menus of some days, each with the lots in use on it."""
    menus = session.scalars(
        select(Menu)
        .where(Menu.date.between(first, last), Menu.published_at.isnot(None))
        .order_by(Menu.date)
    ).all()
    coverage = coverage_between(session, book, first, last) if menus and book.of_dish else {}
    return [(menu, coverage.get(menu.date, {})) for menu in menus]


def check_answered(
    session: Session, menu: Menu, *, today: date, besides: Collection[int] = ()
) -> None:
    """Refuse a published menu with a dish, but for those `besides`, of which something is not
    known. Raises AllergensUnknown, IngredientUnknown, MeatOriginUnknown, MeatUnanswered."""
    session.flush()
    here = unanswered_between(session, min(today, menu.date), menu.date).get(menu.date, {})
    for dish_id, missing in here.items():
        if dish_id not in besides:
            raise missing.refusal


def open_sale(session: Session, menu: Menu, *, today: date, now: datetime) -> None:
    """Show a menu to customers, of which everything is known that the law asks for.

    Raises MenuUnpublishable, and the refusals of `check_answered`.
    """
    publish(session, menu, now=now)
    check_answered(session, menu, today=today)


def follow_sale(session: Session, *, today: date, book: Book | None = None) -> set[date]:
    """Take dishes off sale of which something is not known any more or whose batch is recalled,
    put back those of which all is known again, and note the countries of their meat. Returns the
    days on which something changed."""
    book = book or read_book(session)
    changed = set()
    for menu, coverage in _on_sale(session, today, date.max, book):
        missing = unanswered(session, menu, coverage, book)
        for portion in menu.portions:
            reason = missing[portion.dish_id].question if portion.dish_id in missing else ""
            if portion.stopped_because != reason:
                portion.stopped_because = reason
                changed.add(menu.date)
            portion.meats = meat_codes(book, portion.dish_id, coverage, menu.date)
    session.flush()
    return changed


def meat_codes(book: Book, dish_id: int, coverage: Mapping[int, Coverage], day: date) -> str:
    """The countries of a dish's meat by the lots in use: "pork:FR:FR:FR", one for each lot."""
    meats = plate(book, dish_id, coverage, day).meats
    return ";".join(":".join(astuple(meat)) for meat in meats)[:300]


def stopped_days(session: Session, *, today: date) -> list[date]:
    """The days from today on whose published menus have a dish off sale."""
    query = (
        select(Menu.date)
        .join(Portion)
        .where(Menu.date >= today, Menu.published_at.isnot(None), Portion.stopped_because != "")
    )
    return list(session.scalars(query.distinct().order_by(Menu.date)))
