"""What a caller is told while a plan is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routing.plan import Bound


@dataclass(frozen=True, slots=True)
class Progress:
    """Seconds since the start, stops served, the cost of the best plan so far, what is proven, and
    the priority that this plan leaves unserved."""

    elapsed: float
    served: int
    cost: int
    bound: Bound
    unserved_priority: int


OnProgress = Callable[[Progress], None]
