"""Option: how a dish may be had, such as large, with another sauce, or without onions.

An option may add allergens and never takes one away: that something is "without" is a wish of the
eater's, not a claim of the house. One with meat says the meat's origin, as a dish does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, ForeignKey, String, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid
from ..farm.allergen import ALLERGENS
from ..menu.dish import Dish, MeatInVegetarian
from ..menu.recipe import Contents

KINDS: dict[str, str] = {
    "size": N_("Size"),
    "sauce": N_("Sauce"),
    "cooking": N_("How it is cooked"),
    "without": N_("Without"),
    "extra": N_("Extra"),
}
# Of these a portion has one at most; of the others it may have several.
ONE_OF = ("size", "sauce", "cooking")
MOST_EXTRA = 9  # portions of the dish that one size takes besides the first


@dataclass(frozen=True)
class OptionFacts:
    """What may be said of one option."""

    id: int
    kind: str
    name: str
    price_cents: int
    extra_portions: int
    contains: tuple[str, ...]
    may_contain: tuple[str, ...]
    meat_origin: str = ""


class DishOption(Base):
    """One option of a dish; one that is ended is offered no more, but ordered ones know it."""

    __tablename__ = "dish_option"
    __table_args__ = (CheckConstraint("extra_portions BETWEEN 0 AND 9", name="extra_portions"),)

    id: Mapped[Key]
    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[Words]
    price_cents: Mapped[int]  # the difference to the dish's price, below 0 too
    # Portions of the dish that it takes besides the first: stock, boxes and work count them.
    extra_portions: Mapped[int] = mapped_column(default=0)
    contains: Mapped[Words] = mapped_column(default="")  # codes, comma-separated
    may_contain: Mapped[Words] = mapped_column(default="")
    is_vegetarian: Mapped[bool] = mapped_column(default=True)
    has_meat: Mapped[bool | None]  # None: nobody has said
    meat_origin: Mapped[Words] = mapped_column(default="")
    is_ended: Mapped[bool] = mapped_column(default=False)

    @property
    def inside(self) -> Contents:
        """What it adds to its dish."""
        return Contents(_codes(self.contains), _codes(self.may_contain), self.is_vegetarian)

    @property
    def is_answered(self) -> bool:
        """Whether all is known that the law asks for: where its meat comes from."""
        if self.is_vegetarian:
            return True
        return bool(self.meat_origin) if self.has_meat else self.has_meat is False

    @property
    def facts(self) -> OptionFacts:
        inside = self.inside
        return OptionFacts(
            self.id,
            self.kind,
            self.name,
            self.price_cents,
            self.extra_portions,
            inside.contains,
            inside.may_contain,
            self.meat_origin,
        )


class OptionNameTaken(Invalid):
    message = N_("Another option of this dish has this name already. Choose another name.")


class SizeFixed(Invalid):
    message = N_("Orders count the portions of this option. End it, and make another one.")


class MeatUnanswered(Invalid):
    message = N_("Say whether there is meat in this option.")


class MeatOriginMissing(Invalid):
    message = N_("Write where the meat comes from, such as: France.")


class PriceBelowNothing(Invalid):
    message = N_("An option cannot make its dish cheaper than nothing. Write a smaller difference.")


def _codes(text: str) -> tuple[str, ...]:
    here = set(text.split(","))
    return tuple(code for code in ALLERGENS if code in here)


def options_of_dishes(session: Session, dish_ids: Iterable[int]) -> dict[int, list[DishOption]]:
    """Dish id → its options that are not ended, kind by kind."""
    rows = session.scalars(
        select(DishOption)
        .where(DishOption.dish_id.in_(list(dish_ids)), DishOption.is_ended.is_(False))
        .order_by(DishOption.id)
    )
    found: dict[int, list[DishOption]] = {}
    for option in sorted(rows, key=lambda one: list(KINDS).index(one.kind)):
        found.setdefault(option.dish_id, []).append(option)
    return found


def options_by_id(session: Session, ids: Iterable[int]) -> dict[int, DishOption]:
    """Option id → option, ended ones too."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {o.id: o for o in session.scalars(select(DishOption).where(DishOption.id.in_(wanted)))}


def save_option(session: Session, option: DishOption, dish: Dish) -> None:
    """Write an option of a dish.

    Raises OptionNameTaken, PriceBelowNothing, SizeFixed, MeatUnanswered, MeatOriginMissing,
    MeatInVegetarian.
    """
    # Asked before any query, which would write what was typed.
    if option.id and inspect(option).attrs.extra_portions.history.has_changes():
        raise SizeFixed(field="portions")
    _check_meat(option)
    others = options_of_dishes(session, [dish.id]).get(dish.id, [])
    taken = {other.name.casefold() for other in others if other is not option}
    if option.name.casefold() in taken:
        raise OptionNameTaken(field="name")
    if dish.price_cents + option.price_cents < 0:
        raise PriceBelowNothing(field="price_cents")
    option.dish_id = dish.id
    session.add(option)
    session.flush()


def _check_meat(option: DishOption) -> None:
    """Refuse meat of which customers could not read the origin."""
    if option.is_vegetarian is not False:
        if option.has_meat:
            raise MeatInVegetarian(field="has_meat")
        option.has_meat = False
    if option.has_meat is None:
        raise MeatUnanswered(field="has_meat")
    if not option.has_meat:
        option.meat_origin = ""
    elif not option.meat_origin:
        raise MeatOriginMissing(field="meat_origin")
