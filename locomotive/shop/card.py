"""Card: a dish as the menu page shows it, with everything that its picture depends on."""

from dataclasses import dataclass, replace

from ..choices.option import OptionFacts
from ..menu.menu import Portion
from ..menu.recipe import Contents

FEW = 10


@dataclass(frozen=True)
class Card:
    """The facts of one portion on the page; equal cards look alike."""

    portion_id: int
    name: str
    family: str
    photo: str | None
    description: str
    origins: tuple[str, ...]
    price_cents: int
    is_vegetarian: bool
    contains: tuple[str, ...]
    may_contain: tuple[str, ...]
    left: int | None  # shown only when few are left
    chosen: int
    is_open: bool
    typed: str = ""
    wrong: str = ""
    neighbour_bp: int = 0
    options: tuple[OptionFacts, ...] = ()
    ticked: frozenset[int] = frozenset()

    @property
    def is_sold_out(self) -> bool:
        return self.left == 0

    @property
    def can_be_added(self) -> bool:
        return self.is_open and (not self.is_sold_out or bool(self.wrong))

    def refused(self, typed: str, wrong: str, ticked: frozenset[int] = frozenset()) -> "Card":
        """The card with what was typed and ticked in it just now, and the sentence of the
        refusal."""
        return replace(self, typed=typed[:20], wrong=wrong, ticked=ticked)


def card_of(
    portion: Portion,
    contents: Contents,
    *,
    origins: tuple[str, ...],
    chosen: int,
    is_open: bool,
    neighbour_bp: int = 0,
    options: tuple[OptionFacts, ...] = (),
) -> Card:
    """The card of a portion, of which `chosen` are in the basket.

    A dish of which something asked for by law is not known is not on sale.
    """
    dish = portion.dish
    return Card(
        portion_id=portion.id,
        name=dish.name,
        family=dish.family,
        photo=dish.photo,
        description=dish.description,
        origins=origins,
        price_cents=portion.price_cents,
        is_vegetarian=contents.is_vegetarian,
        contains=contents.contains,
        may_contain=contents.may_contain,
        left=portion.remaining if portion.remaining <= FEW else None,
        chosen=chosen,
        is_open=is_open and not contents.unknown and not portion.stopped_because,
        neighbour_bp=neighbour_bp,
        options=options,
    )
