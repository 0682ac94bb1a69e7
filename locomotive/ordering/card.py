"""Card: a dish as the menu page shows it, with everything that its picture depends on."""

from dataclasses import dataclass

from ..menu.menu import Portion

FEW = 10


@dataclass(frozen=True)
class Card:
    """The facts of one portion on the page; equal cards look alike."""

    portion_id: int
    name: str
    family: str
    photo: str | None
    description: str
    meat_origin: str
    price_cents: int
    is_vegetarian: bool
    contains: tuple[str, ...]
    may_contain: tuple[str, ...]
    left: int | None  # told only when few are left
    chosen: int
    is_open: bool
    typed: str = ""
    wrong: str = ""

    @property
    def is_sold_out(self) -> bool:
        return self.left == 0

    @property
    def can_be_added(self) -> bool:
        return self.is_open and (not self.is_sold_out or bool(self.wrong))


def card_of(
    portion: Portion, *, chosen: int, is_open: bool, typed: str = "", wrong: str = ""
) -> Card:
    """The card of a portion: `chosen` of it are in the basket, `wrong` says what was refused."""
    dish = portion.dish
    return Card(
        portion_id=portion.id,
        name=dish.name,
        family=dish.family,
        photo=dish.photo,
        description=dish.description,
        meat_origin=dish.meat_origin,
        price_cents=portion.price_cents,
        is_vegetarian=dish.is_vegetarian,
        contains=tuple(dish.allergens_at("contains")),
        may_contain=tuple(dish.allergens_at("may contain")),
        left=portion.remaining if portion.remaining <= FEW else None,
        chosen=chosen,
        is_open=is_open,
        typed=typed[:20],
        wrong=wrong,
    )
