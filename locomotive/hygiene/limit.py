"""Limit: what a reading is compared with, its default and where the law says so.

Degrees and per cents are whole tenths. The manager may change a limit within its bounds; each
reading keeps the limit that held when it was taken.
"""

from dataclasses import dataclass

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base
from ..core.refusal import N_, Invalid, Word
from ..origins.batch import HELD_TENTHS

ORDER_2009 = N_("Order of 21 December 2009, annex I")
ORDER_2009_HEAT = N_("Order of 21 December 2009")
CONTROLS_852 = N_("Regulation (EC) 852/2004, article 5 (the controls must be verified)")
OIL_2008 = N_("Decree 2008-184 of 26 February 2008")
HOUSE = N_("Rule of the house")


@dataclass(frozen=True)
class Limit:
    """One limit; `scale` 10 means tenths, 1 whole units."""

    words: str
    default: int
    least: int
    most: int
    unit: str
    source: str
    scale: int = 10


LIMITS: dict[str, Limit] = {
    "fridge": Limit(N_("Fridges: at most"), 40, 0, 80, "°C", ORDER_2009),
    "freezer": Limit(N_("Freezers: at most"), -180, -300, -120, "°C", ORDER_2009),
    "holding": Limit(
        N_("Hot holding: at least"), HELD_TENTHS, HELD_TENTHS, 900, "°C", ORDER_2009_HEAT
    ),
    "cooling_from": Limit(
        N_("Cooling begins at, at least"), HELD_TENTHS, HELD_TENTHS, 900, "°C", ORDER_2009_HEAT
    ),
    "cooling_to": Limit(N_("Cooling ends at, at most"), 100, 20, 100, "°C", ORDER_2009_HEAT),
    "cooling_minutes": Limit(
        N_("Cooling lasts at most"), 120, 30, 120, "min", ORDER_2009_HEAT, scale=1
    ),
    "reheating_to": Limit(
        N_("Reheating ends at, at least"), HELD_TENTHS, HELD_TENTHS, 900, "°C", ORDER_2009_HEAT
    ),
    "reheating_minutes": Limit(
        N_("Reheating lasts at most"), 60, 15, 60, "min", ORDER_2009_HEAT, scale=1
    ),
    "probe": Limit(N_("Probe in ice or boiling water: off by at most"), 10, 2, 20, "°C",
                   CONTROLS_852),
    "oil": Limit(N_("Frying oil, polar compounds: at most"), 250, 100, 250, "%", OIL_2008),
    "late_days": Limit(
        N_("Not done for so many days of work: the manager is told"), 3, 1, 10, "d", HOUSE, scale=1
    ),
}  # fmt: skip


class ChangedLimit(Base):
    """A limit that the manager set to another value than its default."""

    __tablename__ = "changed_limit"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    value: Mapped[int]


class LimitOutside(Invalid):
    message = N_("%(limit)s: choose a value between %(least)s and %(most)s %(unit)s.")


def limits(session: Session) -> dict[str, int]:
    """Code → value in force."""
    changed = {row.code: row.value for row in session.scalars(select(ChangedLimit))}
    return {code: changed.get(code, limit.default) for code, limit in LIMITS.items()}


def set_limits(session: Session, values: dict[str, int]) -> None:
    """Set limits by their code. Raises LimitOutside with the field that must change."""
    for code, value in values.items():
        limit = LIMITS[code]
        if not limit.least <= value <= limit.most:
            raise LimitOutside(
                field=code,
                limit=Word(limit.words),
                least=f"{limit.least / limit.scale:g}",
                most=f"{limit.most / limit.scale:g}",
                unit=limit.unit,
            )
        session.merge(ChangedLimit(code=code, value=value))
    session.flush()
