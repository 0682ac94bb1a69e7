"""The point between portions left over and dishes sold out that the manager aims at.

With a dozen portions of a dish chance alone moves each by a quarter: whoever cooks once cannot have
both few left over and seldom a dish sold out. Whoever can cook once more after the cut-off can:
she offers as many as are seldom exceeded, and has their ingredients in the house; she cooks those
first that are nearly always eaten, and after the cut-off what was ordered beyond.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, guarded, insert_once
from ..core.refusal import N_, Invalid
from .spread import Spread

LITTLE, MIDDLE, PLENTY = 0.25, 0.5, 0.95


@dataclass(frozen=True)
class Aim:
    """How often the portions offered suffice, and those that are cooked first (0 to 1)."""

    code: str
    offer: float
    cook: float

    @property
    def is_in_two_rounds(self) -> bool:
        return self.cook < self.offer


AIMS = {
    aim.code: aim
    for aim in (
        Aim("little", LITTLE, LITTLE),
        Aim("middle", MIDDLE, MIDDLE),
        Aim("plenty", PLENTY, PLENTY),
        Aim("two_rounds", PLENTY, LITTLE),
    )
}
USUAL = AIMS["middle"]
THE_HOUSE = 1  # the key of the only row


class ChosenAim(Base):
    """The aim of the house's proposals, one row once the manager chose it."""

    __tablename__ = "chosen_aim"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(20))


class AimUnknown(Invalid):
    message = N_("Choose one of the aims shown.")


def chosen_aim(session: Session) -> Aim:
    """What the house aims at: what was chosen last, else the middle."""
    chosen = session.get(ChosenAim, THE_HOUSE)
    return AIMS.get(chosen.code, USUAL) if chosen else USUAL


def choose_aim(session: Session, code: str) -> None:
    """Aim at this from now on, for every menu. Raises AimUnknown."""
    if code not in AIMS:
        raise AimUnknown
    values = {"id": THE_HOUSE, "code": code}
    if not insert_once(session, ChosenAim, values, unique=["id"]):
        guarded(session, update(ChosenAim).where(ChosenAim.id == THE_HOUSE).values(code=code))


@dataclass(frozen=True)
class Outcome:
    """What an aim is expected to come to on one menu: portions by dish id, and sums of them."""

    aim: Aim
    offered: Mapping[int, int]
    first: Mapping[int, int]
    unsold: float
    second: float  # portions cooked after the cut-off
    sold_out: float  # the share of dishes of which more are wanted than offered


def outcome_of(spreads: Mapping[int, Spread], aim: Aim) -> Outcome:
    """The numbers of an aim for a menu, and what they are expected to come to."""
    offered = {d: spread.quantile(aim.offer) for d, spread in spreads.items()}
    first = {d: spread.quantile(aim.cook) for d, spread in spreads.items()}
    unsold = {d: spread.unsold(first[d]) for d, spread in spreads.items()}
    # Of the portions offered beyond the first ones, those that somebody wants.
    beyond = sum(offered[d] - first[d] - s.unsold(offered[d]) for d, s in spreads.items())
    out = sum(spread.above(offered[d]) for d, spread in spreads.items())
    total = sum(unsold.values())
    return Outcome(aim, offered, first, total, beyond + total, out / max(1, len(spreads)))
