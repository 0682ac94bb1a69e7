"""Produce: what is bought, with its unit, season, storage and allergens."""

from collections.abc import Collection

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid, Quantity, Word
from .unit import ONE, UNITS

KINDS: dict[str, str] = {
    "vegetable": N_("vegetable"),
    "fruit": N_("fruit"),
    "herb": N_("herb or spice"),
    "meat": N_("meat"),
    "fish": N_("fish or seafood"),
    "dairy": N_("milk, eggs, cheese"),
    "grocery": N_("grocery"),
}
NOT_VEGETARIAN = ("meat", "fish")
SPECIES: dict[str, str] = {
    "beef": N_("beef"),
    "veal": N_("veal"),
    "pork": N_("pork"),
    "sheep": N_("lamb and mutton"),
    "poultry": N_("poultry"),
    "other": N_("other meat"),
}
# Of these the decree wants the country of birth too.
BOVINE = ("beef", "veal")
# What is dug, cut or picked on one day; juice and cheese are not.
HARVESTED = ("vegetable", "fruit", "herb")
STORAGES: dict[str, str] = {
    "dry": N_("dry and cool"),
    "cold": N_("in the cold, 0 to 4 °C"),
    "frozen": N_("frozen, −18 °C"),
}
# Above this weight in grams the house asks once more; a kitchen of a hundred meals a day.
USUAL_MOST = {"herb": 20_000}
USUAL_MOST_ELSE = 1_000_000


class Produce(Base):
    """One kind of produce; amounts of it are thousandths of its unit."""

    __tablename__ = "produce"
    __table_args__ = (
        CheckConstraint("unit_grams > 0", name="unit_grams"),
        CheckConstraint("season_from BETWEEN 1 AND 12", name="season_from"),
        CheckConstraint("season_to BETWEEN 1 AND 12", name="season_to"),
    )

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    unit: Mapped[str] = mapped_column(String(20))
    unit_grams: Mapped[int] = mapped_column(default=ONE)  # what one unit weighs
    kind: Mapped[str] = mapped_column(String(20))
    species: Mapped[str] = mapped_column(String(20), default="")
    is_vegetarian: Mapped[bool] = mapped_column(default=True)
    storage: Mapped[str] = mapped_column(String(20), default="dry")
    shelf: Mapped[Words] = mapped_column(default="", server_default="")  # where it stands there
    season_from: Mapped[int | None]  # months; None: all year round
    season_to: Mapped[int | None]
    is_archived: Mapped[bool] = mapped_column(default=False)
    allergens: Mapped[list["ProduceAllergen"]] = relationship(
        cascade="all, delete-orphan", order_by="ProduceAllergen.code", lazy="selectin"
    )

    @property
    def needs_temperature(self) -> bool:
        """Whether its temperature matters when it arrives."""
        return self.storage != "dry"

    @property
    def allergens_are_known(self) -> bool:
        return not any(a.level == "unknown" for a in self.allergens)

    def grams(self, amount: int) -> int:
        """What an amount weighs, rounded down to the gram."""
        return amount * self.unit_grams // ONE

    def is_in_season(self, month: int) -> bool:
        """Whether the month lies in the season; a season may pass over New Year."""
        if self.season_from is None or self.season_to is None:
            return True
        if self.season_from <= self.season_to:
            return self.season_from <= month <= self.season_to
        return month >= self.season_from or month <= self.season_to


class ProduceAllergen(Base):
    """One allergen of one produce: contains, may contain or unknown; "no" has no row."""

    __tablename__ = "produce_allergen"

    produce_id: Mapped[int] = mapped_column(ForeignKey("produce.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    level: Mapped[str] = mapped_column(String(20))


class ProduceNameTaken(Invalid):
    message = N_("Another produce has this name already.")


class UnitInUse(Invalid):
    message = N_("Lots or recipes count this produce in its unit: make a new produce instead.")


class WeightInUse(Invalid):
    """What one unit weighs is changed while lots or recipes count it: asked once more."""

    message = N_(
        "One weighed %(before)s g, and %(now)s g now. Lots that came keep their weight; recipes "
        "reckon with the new one. Tick the box and send again."
    )


class SpeciesMissing(Invalid):
    message = N_("Say which animal the meat comes from.")


class AmountAbsurd(Invalid):
    """More than a kitchen like ours uses: asked once more before it is written."""

    message = N_("%(amount)s %(unit)s of %(produce)s: are you sure? Tick the box and send again.")


class AmountNegative(Invalid):
    message = N_("Write a quantity above zero, such as 12.5.")


def is_usual(kind: str, grams: int) -> bool:
    """Whether a kitchen like ours may get so much of a kind of produce at once."""
    return grams <= USUAL_MOST.get(kind, USUAL_MOST_ELSE)


def check_amount(
    produce: Produce, amount: int | None, *, is_sure: bool, field: str = "quantity"
) -> int:
    """The amount, when it can be meant. Raises AmountNegative, AmountAbsurd."""
    if amount is None or amount <= 0:
        raise AmountNegative(field=field)
    if not is_sure and not is_usual(produce.kind, produce.grams(amount)):
        raise AmountAbsurd(
            field=field,
            amount=Quantity(amount),
            unit=Word(UNITS[produce.unit]),
            produce=produce.name,
        )
    return amount


def produce_list(session: Session, *, archived: bool = False) -> list[Produce]:
    """The produce in use (or put away), by kind and name."""
    found = session.scalars(select(Produce).filter_by(is_archived=archived).order_by(Produce.name))
    kinds = list(KINDS)
    return sorted(found, key=lambda produce: kinds.index(produce.kind))


def produce_for(session: Session, used: Collection[int]) -> list[Produce]:
    """The produce in use, and what was put away but is used still: what chose it may keep it."""
    kept = select(Produce).where(Produce.is_archived, Produce.id.in_(used)).order_by(Produce.name)
    return [*produce_list(session), *session.scalars(kept)]


def produce_names(session: Session) -> list[tuple[int, str, str]]:
    """(id, name, unit) of the produce in use, by name: for lists that offer all of it."""
    rows = select(Produce.id, Produce.name, Produce.unit).filter_by(is_archived=False)
    return [(id_, name, unit) for id_, name, unit in session.execute(rows.order_by(Produce.name))]


def save_produce(
    session: Session,
    produce: Produce,
    *,
    allergens: dict[str, str],
    is_counted: bool = False,
    is_sure: bool = True,
) -> Produce:
    """Write a produce with its allergens (code → level).

    Raises ProduceNameTaken, SpeciesMissing, and, when lots or recipes count it (`is_counted`),
    UnitInUse for another unit, WeightInUse for another weight that nobody is sure of.
    """
    with session.no_autoflush:
        rivals = session.execute(
            select(Produce.id, Produce.unit, Produce.unit_grams).where(
                (Produce.name == produce.name) | (Produce.id == produce.id)
            )
        ).all()
    if any(found != produce.id for found, _unit, _grams in rivals):
        raise ProduceNameTaken(field="name")
    if is_counted and any(unit != produce.unit for _found, unit, _grams in rivals):
        raise UnitInUse(field="unit")
    changed = [g for _f, unit, g in rivals if unit != "kg" and g != produce.unit_grams]
    if is_counted and changed and not is_sure:
        raise WeightInUse(before=changed[0], now=produce.unit_grams, field="unit_grams")
    if produce.kind == "meat" and not produce.species:
        raise SpeciesMissing(field="species")
    if produce.kind in NOT_VEGETARIAN:
        produce.is_vegetarian = False
    produce.species = produce.species if produce.kind == "meat" else ""
    produce.unit_grams = ONE if produce.unit == "kg" else produce.unit_grams
    produce.allergens = [
        next((a for a in produce.allergens if (a.code, a.level) == item), None)
        or ProduceAllergen(code=item[0], level=item[1])
        for item in allergens.items()
    ]
    session.add(produce)
    session.flush()
    return produce
