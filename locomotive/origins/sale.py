"""Sale: what must be known of a dish as long as customers can order it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Refusal
from ..menu.dish import Dish
from ..menu.menu import AllergensUnknown, Menu, Portion, offered, publish
from ..menu.recipe import Book, IngredientUnknown, read_book
from .content import DishContent, content_of
from .origin import Coverage, coverage_between

ALLERGENS_OPEN, MEAT_OPEN = "allergens", "meat"


class MeatOriginUnknown(Refusal):
    message = N_(
        "%(dish)s: the origin of the meat is not known. Receive its lot, or write the origin on "
        "the dish's card."
    )


class MeatUnanswered(Refusal):
    message = N_("%(dish)s: say on its card whether there is meat in it.")


@dataclass(frozen=True)
class Unanswered:
    """What nobody has said yet of a dish: its allergens, or the origin of its meat."""

    dish: Dish
    question: str
    produce: tuple[str, ...] = ()  # of which it must be said; empty: of the dish itself

    @property
    def refusal(self) -> Refusal:
        """Why the dish cannot be published."""
        values = {"dish": self.dish.name, "field": f"portions-{self.dish.id}"}
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
    menus = session.scalars(
        select(Menu)
        .where(Menu.date.between(first, last), Menu.published_at.isnot(None))
        .order_by(Menu.date)
    ).all()
    coverage = coverage_between(session, book, first, last) if menus and book.of_dish else {}
    return {
        menu.date: unanswered(session, menu, coverage.get(menu.date, {}), book) for menu in menus
    }


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


def follow_sale(session: Session, *, today: date) -> bool:
    """Take dishes off sale of which something is not known any more, and put back those of which
    it is known again. Returns whether anything changed."""
    last = session.scalar(
        select(Menu.date).where(Menu.published_at.isnot(None)).order_by(Menu.date.desc()).limit(1)
    )
    if last is None or last < today:
        return False
    is_changed = False
    for day, missing in unanswered_between(session, today, last).items():
        is_changed |= _stop(session, day, {id_: m.question for id_, m in missing.items()})
    return is_changed


def stopped_days(session: Session, *, today: date) -> list[date]:
    """The days from today on whose published menus have a dish off sale."""
    query = (
        select(Menu.date)
        .join(Portion)
        .where(Menu.date >= today, Menu.published_at.isnot(None), Portion.stopped_because != "")
    )
    return list(session.scalars(query.distinct().order_by(Menu.date)))


def _stop(session: Session, day: date, questions: Mapping[int, str]) -> bool:
    menu = session.scalars(select(Menu).where(Menu.date == day)).one()
    is_changed = False
    for portion in menu.portions:
        reason = questions.get(portion.dish_id, "")
        if portion.stopped_because != reason:
            portion.stopped_because, is_changed = reason, True
    session.flush()
    return is_changed
