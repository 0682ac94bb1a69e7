"""Town, Street and HouseNumber: the official addresses around the kitchen."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words


class Town(Base):
    """A commune of the imported files; only those that the zone touches have streets here."""

    __tablename__ = "town"

    id: Mapped[Key]
    insee: Mapped[str] = mapped_column(String(5), unique=True)
    name: Mapped[Words]
    postcode: Mapped[str] = mapped_column(String(5))
    is_served: Mapped[bool]


class Street(Base):
    """A street or a hamlet of one town; its position is the middle of its numbers."""

    __tablename__ = "street"
    __table_args__ = (UniqueConstraint("town_id", "name"),)

    id: Mapped[Key]
    town_id: Mapped[int] = mapped_column(ForeignKey("town.id"), index=True)
    name: Mapped[Words]
    latitude: Mapped[float]
    longitude: Mapped[float]


class HouseNumber(Base):
    """One number of a street, with "bis", "ter" or a letter as its suffix."""

    __tablename__ = "house_number"

    street_id: Mapped[int] = mapped_column(ForeignKey("street.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    suffix: Mapped[str] = mapped_column(String(20), primary_key=True)
    latitude: Mapped[float]
    longitude: Mapped[float]

    @property
    def label(self) -> str:
        """The number as it is written: "12 bis", "12B"."""
        return numbered(self.number, self.suffix)


def numbered(number: int, suffix: str) -> str:
    """A house number as it is written: a word after a space, a letter without: "42A bis"."""
    letter, space, word = suffix.partition(" ")
    if space and len(letter) == 1:
        return f"{number}{letter.upper()} {word}"
    return f"{number} {suffix}" if len(suffix) > 1 else f"{number}{suffix.upper()}"


def numbers_of(session: Session, street_id: int) -> list[HouseNumber]:
    """A street's numbers in order."""
    query = select(HouseNumber).where(HouseNumber.street_id == street_id)
    return list(session.scalars(query.order_by(HouseNumber.number, HouseNumber.suffix)))


def nearest_number(
    numbers: Sequence[HouseNumber], number: int, suffix: str = ""
) -> HouseNumber | None:
    """The number itself, else the nearest one, of the same side of the street when it can be.

    In France odd and even numbers face each other.
    """

    def far(house: HouseNumber) -> tuple[int, int, bool, bool, int]:
        difference = abs(house.number - number)
        return (
            difference + 6 * ((house.number - number) % 2),
            difference,
            house.suffix != suffix,
            house.suffix not in suffix.split(),
            len(house.suffix),
        )

    return min(numbers, key=far, default=None)
