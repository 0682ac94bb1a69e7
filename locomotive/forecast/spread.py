"""How many portions of a dish may still be wanted: a Poisson number whose mean is not sure."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import exp, lgamma, log

NEVER = 1e-7


@dataclass(frozen=True)
class Spread:
    """Portions `ordered` already, and the gamma-Poisson number still to come: its mean, and the
    shape of the gamma (the larger, the surer the mean)."""

    ordered: int
    mean: float
    shape: float

    @cached_property
    def chances(self) -> list[float]:
        """The chance that 0, 1, 2… portions are still to come."""
        if self.mean <= 0:
            return [1.0]
        found: list[float] = []
        while len(found) <= self.mean or found[-1] > NEVER:
            found.append(self._chance(len(found)))
        return found

    def _chance(self, number: int) -> float:
        r, m = self.shape, self.mean
        ways = lgamma(number + r) - lgamma(r) - lgamma(number + 1)
        return exp(ways + r * log(r / (r + m)) + number * log(m / (r + m)))

    def quantile(self, often: float) -> int:
        """The least number of portions, ordered ones included, that suffices so often (0 to 1)."""
        sums = accumulate(self.chances)
        return self.ordered + next((n for n, s in enumerate(sums) if s >= often), len(self.chances))

    def above(self, portions: int) -> float:
        """The chance that more are wanted than so many portions."""
        return max(0.0, 1 - sum(self.chances[: max(0, portions - self.ordered + 1)]))

    def unsold(self, portions: int) -> float:
        """How many of so many portions nobody is expected to want."""
        free = portions - self.ordered
        return sum((free - n) * chance for n, chance in enumerate(self.chances[: max(0, free)]))
