"""What a caller is told while a plan is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routing.plan import Bound


@dataclass(frozen=True, slots=True)
class Progress:
    """Seconds since the start, stops served, the cost of the best plan so far, what is proven."""

    elapsed: float
    served: int
    cost: int
    bound: Bound


OnProgress = Callable[[Progress], None]
