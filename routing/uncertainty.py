"""How far a day strays from the plan: riding times, minutes at the door, late departures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routing.reading import at, decimal, integer, mapping, whole

WIDEST = 10.0  # standard deviations of a leg, in shares of its planned time
DEFAULT_RELIABILITY = 0.95


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Standard deviations: of legs as shares of their planned time, of the rest in seconds.

    `leg` is one share for all legs, or a matrix of shares shaped as `durations`.
    """

    leg: float | tuple[tuple[float, ...], ...] = 0.0
    service: int = 0
    departure: int = 0

    def share(self, here: int, there: int) -> float:
        """Return the standard deviation of the leg as a share of its planned time."""
        return self.leg if isinstance(self.leg, float | int) else self.leg[here][there]

    def to_json(self) -> dict[str, Any]:
        """Return the uncertainty as JSON's plain objects."""
        leg = [list(row) for row in self.leg] if isinstance(self.leg, tuple) else self.leg
        return {"leg": leg, "service": self.service, "departure": self.departure}


EXACT = Uncertainty()


def read_uncertainty(raw: object) -> Uncertainty | None:
    """Return the uncertainty, or None where there is none; raise ValueError naming the field."""
    if raw is None:
        return None
    data = mapping(raw, "uncertainty")
    leg: Any = data.get("leg", 0.0)
    return Uncertainty(
        leg=tuple(tuple(row) if isinstance(row, list) else row for row in leg)
        if isinstance(leg, list)
        else leg,
        service=integer(data, "service", "uncertainty", default=0),
        departure=integer(data, "departure", "uncertainty", default=0),
    )


def check_uncertainty(uncertainty: Uncertainty | None, reliability: object, size: int) -> None:
    """Raise ValueError naming the field that makes no sense in a problem of `size` places."""
    sure = decimal(reliability, "reliability", 1.0)
    if not 0 < sure < 1:
        raise ValueError(f"reliability must lie between 0 and 1, both excluded, but is {sure:g}")
    if uncertainty is None:
        return
    whole(uncertainty.service, "uncertainty.service")
    whole(uncertainty.departure, "uncertainty.departure")
    if isinstance(uncertainty.leg, tuple):
        _check_shares(uncertainty.leg, size)
    else:
        decimal(uncertainty.leg, "uncertainty.leg", WIDEST)


def _check_shares(rows: Sequence[object], size: int) -> None:
    if len(rows) != size:
        raise ValueError(f"uncertainty.leg must be one number or hold {size} rows, as durations")
    for index, row in enumerate(rows):
        field = at("uncertainty.leg", index)
        if not isinstance(row, tuple) or len(row) != size:
            raise ValueError(f"{field} must hold {size} values, as durations does")
        for column, share in enumerate(row):
            decimal(share, at(field, column), WIDEST)
