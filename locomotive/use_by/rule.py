"""Rule: for how many days each kind of opened or prepared food is good."""

from dataclasses import dataclass

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base
from ..core.refusal import N_, Invalid, Word

MOST_DAYS = 60
ORDER_2009 = N_("Order of 21 December 2009")
HOUSE = N_("Rule of the house")
SAMPLE = "sample"


@dataclass(frozen=True)
class Rule:
    """One kind of food: its days after the day of opening, and where that number comes from."""

    words: str
    picture: str
    days: int
    source: str = HOUSE


RULES: dict[str, Rule] = {
    "cooked": Rule(N_("cooked dish"), "dish-stew", 3, ORDER_2009),
    "dairy": Rule(N_("milk, cream, cheese"), "allergen-milk", 2),
    "meat": Rule(N_("meat, fish"), "dish-roast", 1),
    "vegetables": Rule(N_("cut vegetables"), "dish-vegetables", 2),
    "dessert": Rule(N_("dessert"), "dish-dessert", 2),
    "thawed": Rule(N_("thawed"), "thawed", 2),
    "sauce": Rule(N_("sauce, jar"), "jar", 7),
    SAMPLE: Rule(N_("sample meal"), "sample", 5, ORDER_2009),
}


class ChangedRule(Base):
    """The days of a kind that the manager set to another number."""

    __tablename__ = "changed_use_by"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    days: Mapped[int]


class SampleTooShort(Invalid):
    message = N_("A sample meal is kept for 5 days at least.")


class DaysOutside(Invalid):
    message = N_("%(kind)s: choose a number of days from 0 to %(most)s.")


def days_by_kind(session: Session) -> dict[str, int]:
    """Kind → its days in force."""
    changed = {row.kind: row.days for row in session.scalars(select(ChangedRule))}
    return {kind: changed.get(kind, rule.days) for kind, rule in RULES.items()}


def set_days(session: Session, days: dict[str, int]) -> None:
    """Set the days of kinds. Raises DaysOutside, SampleTooShort with the field that must change."""
    for kind, number in days.items():
        if not 0 <= number <= MOST_DAYS:
            raise DaysOutside(field=kind, kind=Word(RULES[kind].words), most=MOST_DAYS)
        if kind == SAMPLE and number < RULES[SAMPLE].days:
            raise SampleTooShort(field=kind)
        session.merge(ChangedRule(kind=kind, days=number))
    session.flush()
