"""Proposal: which packs cover what is missing, and of whom to order them."""

import math
from collections.abc import Iterable

from ..farm.supplier import Pack
from ..farm.unit import ONE
from .offer import SupplyOffer


def packs_for(amount: int, packs: Iterable[Pack]) -> tuple[Pack, int] | None:
    """The pack and how many of it cover an amount with the least too much.

    Of equal ones the larger pack. None when nobody sells the produce.
    """
    choices = [(pack, math.ceil(amount / pack.amount)) for pack in packs]
    return min(choices, key=lambda c: (c[0].amount * c[1], -c[0].amount), default=None)


def propose(missing: int, packs: list[Pack], offers: list[SupplyOffer]) -> list[tuple[Pack, int]]:
    """Packs that cover an amount: first what is surely offered, the neighbouring farm before
    others, then what is usually sold, rounded up to whole packs.

    Of a range only the low end is proposed.
    """
    found: dict[int, tuple[Pack, int]] = {}
    near_first = sorted(offers, key=lambda o: (not o.supplier.is_neighbour, o.from_day, o.id))
    for offered in near_first:
        number = min(math.ceil(missing / offered.pack.amount), offered.left_low // ONE)
        if missing > 0 and number:
            before = found.get(offered.pack_id, (offered.pack, 0))[1]
            found[offered.pack_id] = (offered.pack, before + number)
            missing -= number * offered.pack.amount
    if missing > 0:
        usual = _usual(packs, {offered.supplier_id for offered in offers})
        chosen = packs_for(missing, usual)
        if chosen is not None:
            pack, number = chosen
            found[pack.id] = (pack, found.get(pack.id, (pack, 0))[1] + number)
    return list(found.values())


def _usual(packs: list[Pack], asked: set[int]) -> list[Pack]:
    """The packs of one kind of supplier: who offers less than is wanted is asked for no more
    while somebody else sells the produce; else the neighbouring farm comes first."""
    others = [pack for pack in packs if pack.supplier_id not in asked] or packs
    return [pack for pack in others if pack.supplier.is_neighbour] or others
