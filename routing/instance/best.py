"""The best plan found so far, and what is proven of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from routing.instance.lists import Days


@dataclass(slots=True)
class Best:
    """The best plan so far and what is proven: bounds on the priority unserved, on the cost.

    Several threads may offer plans. The bound on the cost holds for plans that leave no more than
    the bound on the unserved.
    """

    days: Days
    unserved: int
    cost: int
    unserved_bound: int = 0
    cost_bound: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def is_proven(self) -> bool:
        """Return whether nothing can be better."""
        return (self.unserved_bound, self.cost_bound) == (self.unserved, self.cost)

    def snapshot(self) -> Best:
        """Return the best plan as it is now: what others find afterwards changes nothing in it."""
        with self._lock:
            return Best(self.days, self.unserved, self.cost, self.unserved_bound, self.cost_bound)

    def raise_unserved(self, bound: int) -> None:
        """Note that at least so much priority stays unserved; costs below it prove nothing more."""
        with self._lock:
            if bound > self.unserved_bound:
                self.unserved_bound, self.cost_bound = bound, 0

    def take(self, days: Days, unserved: int, cost: int) -> bool:
        """Keep these days if they are better; return whether they are."""
        with self._lock:
            if (unserved, cost) >= (self.unserved, self.cost):
                return False
            self.days, self.unserved, self.cost = days, unserved, cost
            return True
