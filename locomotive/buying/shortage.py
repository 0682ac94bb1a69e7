"""Shortage: what must still be bought for the menus of the coming days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ..menu.recipe import Book, Ingredient
from ..origins.coverage import Coverage, coverage_between
from .offer import SupplyOffer, current_offers
from .purchase import on_order


@dataclass(frozen=True)
class Shortage:
    """One produce over some days: needed, in stock, on its way, and what is missing then."""

    ingredient: Ingredient
    by_day: tuple[tuple[date, int], ...]
    needed: int
    in_stock: int
    ordered: int
    missing: int  # at the worst day: what comes on Friday does not feed Wednesday
    offers: tuple[SupplyOffer, ...] = ()

    @property
    def is_in_house(self) -> bool:
        """Whether what is in stock is enough by itself."""
        return self.in_stock >= self.needed

    @property
    def sure(self) -> int:
        """What suppliers surely have: the low ends of their ranges."""
        return sum(offered.sure for offered in self.offers)

    @property
    def hoped(self) -> int:
        """What they may have beyond that."""
        return sum(offered.hoped for offered in self.offers)

    @property
    def rests_on_hope(self) -> bool:
        """Whether what is missing is offered only by the upper end of a range."""
        return bool(self.offers) and self.sure < self.missing <= self.sure + self.hoped


def shortages(
    book: Book,
    coverage: Mapping[date, Mapping[int, Coverage]],
    ordered: Mapping[int, list[tuple[date, int]]],
    offers: list[SupplyOffer],
) -> list[Shortage]:
    """One entry for each produce that the days need, the most missing first."""
    by_day: dict[int, list[tuple[date, int]]] = {}
    in_stock: dict[int, int] = {}
    lacked: dict[int, int] = {}
    missing: dict[int, int] = {}
    for day, needs in sorted(coverage.items()):
        for produce_id, here in needs.items():
            by_day.setdefault(produce_id, []).append((day, here.needed))
            given = min(here.needed, here.covered)
            in_stock[produce_id] = in_stock.get(produce_id, 0) + given
            lacked[produce_id] = lacked.get(produce_id, 0) + here.needed - given
            came = sum(amount for on, amount in ordered.get(produce_id, ()) if on <= day)
            short = lacked[produce_id] - came
            missing[produce_id] = max(missing.get(produce_id, 0), short)
    last = max(coverage, default=date.min)
    found = [
        Shortage(
            ingredient=book.ingredients[produce_id],
            by_day=tuple(days),
            needed=sum(amount for _, amount in days),
            in_stock=in_stock[produce_id],
            ordered=sum(amount for day, amount in ordered.get(produce_id, ()) if day <= last),
            missing=missing[produce_id],
            offers=tuple(
                o for o in offers if o.pack.produce_id == produce_id and o.from_day <= last
            ),
        )
        for produce_id, days in by_day.items()
    ]
    return sorted(found, key=lambda s: (not s.missing, s.ingredient.name))


def shortages_between(session: Session, book: Book, first: date, last: date) -> list[Shortage]:
    """What must be bought for the published menus of some days; `first` is today."""
    return shortages(
        book,
        coverage_between(session, book, first, last),
        on_order(session, since=first),
        current_offers(session, today=first),
    )
