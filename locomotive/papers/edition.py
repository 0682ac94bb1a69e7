"""Edition: what a printed production sheet said, so that the next one shows what is another now.

It lies beside the pack of which it was part, without names, and goes the same night.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..kitchen.production import Board, Departure
from ..ordering.order import Order

Said = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """What is another of one bag: (dish, number before, number now), and where it stood before."""

    is_new: bool = False
    dishes: tuple[tuple[str, int, int], ...] = ()
    left_at: datetime | None = None  # its departure before


@dataclass(frozen=True)
class Changes:
    """What is another since a sheet was printed: bags by order id, and those that are gone:
    (number, dishes)."""

    since: datetime
    bags: Mapping[int, Change]
    gone: tuple[tuple[int, tuple[tuple[str, int], ...]], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.bags and not self.gone


def said_by(sheet: Board) -> Said:
    """What a sheet says: by order id its number, departure and dishes."""
    return {
        str(order.id): {
            "number": order.number,
            "departs": _place(departure),
            "dishes": _dishes(order),
        }
        for departure in sheet.departures
        for order in departure.orders
    }


def keep_said(path: Path, sheet: Board) -> None:
    """Keep what a sheet says beside the file of its pack."""
    path.with_suffix(".json").write_text(json.dumps(said_by(sheet)))


def changes_since(path: Path, printed_at: datetime, sheet: Board) -> Changes | None:
    """What is another now than in the pack of a file; None when nobody knows what that said."""
    try:
        before: Said = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError):
        return None
    bags = {
        order.id: change
        for departure in sheet.departures
        for order in departure.orders
        if (change := _change(before.get(str(order.id)), order, departure))
    }
    here = {str(o.id) for departure in sheet.departures for o in departure.orders}
    gone = [row for order_id, row in before.items() if order_id not in here]
    return Changes(
        printed_at, bags, tuple((row["number"], tuple(row["dishes"].items())) for row in gone)
    )


def _change(before: Mapping[str, Any] | None, order: Order, departure: Departure) -> Change | None:
    if before is None:
        return Change(is_new=True)
    now = _dishes(order)
    names: Iterable[str] = dict.fromkeys([*before["dishes"], *now])
    dishes = ((name, before["dishes"].get(name, 0), now.get(name, 0)) for name in names)
    changed = tuple(row for row in dishes if row[1] != row[2])
    is_moved = before["departs"] != _place(departure)
    left_at = datetime.fromisoformat(before["departs"][0]) if is_moved else None
    return Change(dishes=changed, left_at=left_at) if changed or is_moved else None


def _place(departure: Departure) -> list[Any]:
    return [departure.at.isoformat(), departure.round_number]


def _dishes(order: Order) -> dict[str, int]:
    made: dict[str, int] = {}
    for line in order.lines:
        made[line.name] = made.get(line.name, 0) + line.quantity
    return made
