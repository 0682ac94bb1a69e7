"""What a supplier's words mean in our house: known, or asked once and remembered for him."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, insert, select
from sqlalchemy.orm import Mapped, Session, lazyload, mapped_column

from ..core.base import Base, Key, Words
from ..farm.produce import Produce
from ..farm.supplier import Pack, Supplier, by_unit
from ..farm.unit import ONE
from ..web.spreadsheet import plain_name, plain_words

LEFT_OUT = "none"
MANY = 2000  # names, beyond which likeness is not looked for


class SupplierWord(Base):
    """One word of a supplier's files and what it was said to mean."""

    __tablename__ = "supplier_word"
    __table_args__ = (UniqueConstraint("supplier_id", "kind", "word"),)

    id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    kind: Mapped[str] = mapped_column(String(20))  # column, tax, unit, produce, holds
    word: Mapped[Words]  # as names are compared
    meaning: Mapped[Words]


@dataclass(frozen=True)
class Question:
    """What a file says that nobody knows yet, where it says it first, and what is near to it."""

    kind: str
    word: str
    said: str
    line: int
    about: str = ""  # the produce, for what a pack of it holds
    unit: str = ""  # the unit in which the answer counts, or in which a new produce is sold

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"{self.kind}-{self.word}"


def remembered(session: Session, supplier: Supplier) -> dict[tuple[str, str], str]:
    """(kind, word) → meaning of all that was ever answered for a supplier."""
    query = select(SupplierWord.kind, SupplierWord.word, SupplierWord.meaning)
    rows = session.execute(query.filter_by(supplier_id=supplier.id))
    return {(kind, word): meaning for kind, word, meaning in rows}


def remember(session: Session, supplier: Supplier, answers: Mapping[tuple[str, str], str]) -> None:
    """Keep answers; a word that was answered before takes the new one."""
    kept = {**remembered(session, supplier), **answers}
    forget(session, supplier)
    rows = [
        {"supplier_id": supplier.id, "kind": kind, "word": word, "meaning": meaning}
        for (kind, word), meaning in kept.items()
    ]
    if rows:
        session.execute(insert(SupplierWord).returning(SupplierWord.id), rows).all()


def forget(session: Session, supplier: Supplier) -> None:
    """Ask again what all words of a supplier mean."""
    session.execute(delete(SupplierWord).where(SupplierWord.supplier_id == supplier.id))


@dataclass(frozen=True)
class Sold:
    """A produce as a file may name it; one that is new has no id yet."""

    id: int | None
    name: str
    unit: str  # code of UNITS; empty while a new one waits for its first line
    kind: str
    species: str = ""
    unit_grams: int = ONE


@dataclass(frozen=True)
class Known:
    """What lines are checked against, read once."""

    produce: dict[str, Sold]  # by plain name
    packs: Mapping[tuple[int, str], Sequence[Pack]]  # by produce and unit, those sold first
    units: Mapping[str, str]  # plain word → code
    meanings: Mapping[tuple[str, str], str]
    by_id: Mapping[int, Sold]

    def meaning(self, word: str, said: str) -> Sold | None:
        """What was answered for a name; None when nobody was asked, or it is to be left out."""
        answer = self.meanings.get(("produce", word), "")
        if answer.isdigit():
            return self.by_id.get(int(answer))
        if not answer.startswith("new:"):
            return None
        _new, kind, species = answer.split(":")
        return Sold(None, said, "", kind, species)


def known(session: Session, supplier: Supplier, units: Mapping[str, str]) -> Known:
    """Read the produce, the supplier's packs and what his words were said to mean; `units` gives
    the code of a plain word."""
    meanings = remembered(session, supplier)
    rows = session.execute(
        select(
            Produce.id, Produce.name, Produce.unit, Produce.kind, Produce.species,
            Produce.unit_grams,
        )
    )  # fmt: skip
    sold = [Sold(*row) for row in rows]
    packs = session.scalars(select(Pack).filter_by(supplier_id=supplier.id).options(lazyload("*")))
    told = {word: code for (kind, word), code in meanings.items() if kind == "unit"}
    return Known(
        produce={plain_name(here.name): here for here in sold},
        packs=by_unit(packs),
        units={**units, **told},
        meanings=meanings,
        by_id={here.id: here for here in sold if here.id is not None},
    )


def near(known: Known, said: str) -> list[Sold]:
    """The produce that a name may mean: first what differs by its plural alone."""
    stem = _stem(said)
    same = [here for here in known.produce.values() if here.id and _stem(here.name) == stem]
    if len(known.produce) > MANY:
        return same
    close = get_close_matches(plain_name(said), known.produce, n=6, cutoff=0.6)
    found = [known.produce[word] for word in close if known.produce[word].id]
    return same + [here for here in found if here not in same]


def is_plural_of(sold: Sold, said: str) -> bool:
    """Whether two names differ by their plural alone."""
    return _stem(sold.name) == _stem(said)


def _stem(name: str) -> str:
    return "".join(re.sub("(?<=..)[sx]$", "", word) for word in plain_words(name))
