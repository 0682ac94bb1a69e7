"""Season: in which months a supplier has plenty of a produce, some, or none."""

from collections.abc import Iterable, Mapping

from sqlalchemy import CheckConstraint, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, insert_once
from ..core.refusal import N_, Invalid
from ..farm.produce import Produce
from ..farm.supplier import Supplier

LEVELS: dict[str, str] = {"none": N_("none"), "some": N_("some"), "plenty": N_("plenty")}
MONTHS = range(1, 13)


class SeasonMonth(Base):
    """What a supplier says of one produce in one month of any year."""

    __tablename__ = "season_month"
    __table_args__ = (
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("level IN ('none', 'some', 'plenty')", name="level"),
    )

    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), primary_key=True)
    produce_id: Mapped[int] = mapped_column(ForeignKey("produce.id"), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(String(20))


class ProduceNotSold(Invalid):
    message = N_("This produce is not on your list. Add it there first.")


def produce_of(supplier: Supplier) -> list[Produce]:
    """The produce that a supplier sells, by name, each once."""
    found = {pack.produce_id: pack.produce for pack in supplier.packs}
    return sorted(found.values(), key=lambda produce: produce.name)


def save_season(
    session: Session, supplier: Supplier, produce_id: int, levels: Mapping[int, str]
) -> None:
    """Write what a supplier says of a produce (month → level). Raises ProduceNotSold."""
    if produce_id not in {produce.id for produce in produce_of(supplier)}:
        raise ProduceNotSold
    for month, level in sorted(levels.items()):
        key = {"supplier_id": supplier.id, "produce_id": produce_id, "month": month}
        if not insert_once(session, SeasonMonth, {**key, "level": level}, unique=list(key)):
            here = update(SeasonMonth).filter_by(**key)
            session.execute(here.values(level=level))


def season_of(session: Session, supplier: Supplier) -> dict[int, dict[int, str]]:
    """Produce id → month → level: what he said, else the house's own season as some or none."""
    found = {p.id: _usual(p) for p in produce_of(supplier)}
    said = select(SeasonMonth.produce_id, SeasonMonth.month, SeasonMonth.level)
    for produce_id, month, level in session.execute(said.filter_by(supplier_id=supplier.id)):
        if produce_id in found:
            found[produce_id][month] = level
    return found


def _usual(produce: Produce) -> dict[int, str]:
    return {month: "some" if produce.is_in_season(month) else "none" for month in MONTHS}


def levels_in(session: Session, month: int) -> dict[int, str]:
    """Produce id → the most that any supplier in use says of a month; what nobody speaks of is
    left out."""
    rows = session.execute(
        select(SeasonMonth.produce_id, SeasonMonth.level)
        .join(Supplier, Supplier.id == SeasonMonth.supplier_id)
        .where(SeasonMonth.month == month, Supplier.is_active)
    )
    return _most((produce_id, level) for produce_id, level in rows)


def _most(said: Iterable[tuple[int, str]]) -> dict[int, str]:
    order = list(LEVELS)
    found: dict[int, str] = {}
    for produce_id, level in said:
        found[produce_id] = max(found.get(produce_id, level), level, key=order.index)
    return found
