"""TownSetup: each time that streets and addresses were fetched, how far it is, what came of it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Refusal
from ..core.settings import Settings
from .proof import Proof, proof_of

# A run that says nothing for so long belongs to a program that died.
SILENCE = timedelta(minutes=20)
STEPS = {
    "waiting": N_("waiting for the worker"),
    "fetching": N_("fetching %(name)s"),
    "reading": N_("reading the addresses"),
    "building": N_("making the road network"),
    "done": N_("in force"),
    "failed": N_("nothing was changed"),
}
IN_FORCE = {
    "roads": N_("Streets in force: %(source)s, %(ago)s, %(count)s stretches."),
    "addresses": N_("Addresses in force: %(source)s, %(ago)s, %(count)s."),
}
DIED = N_("The program stopped in the middle of it. Start it again: it goes on where it was.")


class TownSetup(Base):
    """One attempt: its step, the bytes of the file that is being fetched, its proof or failure."""

    __tablename__ = "town_setup"

    id: Mapped[Key]
    started_at: Mapped[datetime]
    alive_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    step: Mapped[str] = mapped_column(String(20), default="waiting")
    name: Mapped[Words] = mapped_column(default="")  # of the file that is being fetched
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int | None] = mapped_column(BigInteger)
    failure: Mapped[str] = mapped_column(Text, default="")  # JSON, [sentence, its values]
    proof: Mapped[str] = mapped_column(Text, default="")  # JSON

    def is_under_way(self, now: datetime) -> bool:
        """Whether somebody is still at it."""
        return self.finished_at is None and now - self.alive_at < SILENCE

    @property
    def words(self) -> str:
        """The step as a sentence of the catalogue."""
        return STEPS[self.step]

    @property
    def proven(self) -> Proof | None:
        """What spoke for it."""
        return proof_of(self.proof)

    def why(self, now: datetime) -> tuple[str, dict[str, Any]] | None:
        """Why it came to nothing: a sentence of the catalogue and its values."""
        if self.failure:
            sentence, values = json.loads(self.failure)
            return sentence, values
        if self.finished_at is None and not self.is_under_way(now):
            return DIED, {}
        return None


class SetupUnderWay(Refusal):
    message = N_("Streets and addresses are being fetched already: wait until that is done.")


@dataclass(frozen=True)
class Source:
    """A file to fetch."""

    url: str
    kind: str


def sources_of(house: Settings) -> list[Source]:
    """The files of the zone: addresses by department, then the streets."""
    files = [house.addresses_url.replace("{department}", code) for code in house.departments]
    return [*(Source(url, "addresses") for url in files), Source(house.streets_url, "streets")]


def last_setup(session: Session) -> TownSetup | None:
    """The latest attempt."""
    return session.scalar(select(TownSetup).order_by(TownSetup.id.desc()).limit(1))


def last_proof(session: Session) -> TownSetup | None:
    """The latest attempt that was put in force."""
    query = select(TownSetup).where(TownSetup.step == "done")
    return session.scalar(query.order_by(TownSetup.id.desc()).limit(1))


def begin_setup(session: Session, *, now: datetime) -> TownSetup:
    """Note that fetching is asked for. Raises SetupUnderWay."""
    last = last_setup(session)
    if last and last.is_under_way(now):
        raise SetupUnderWay
    made = TownSetup(started_at=now, alive_at=now)
    session.add(made)
    session.flush()
    return made


def take_setup(session: Session, setup_id: int, *, now: datetime) -> bool:
    """Begin an attempt that was asked for; of two workers one gets True."""
    return guarded(
        session,
        update(TownSetup)
        .where(TownSetup.id == setup_id, TownSetup.step == "waiting")
        .values(step="fetching", alive_at=now),
    )


def note_step(session: Session, setup_id: int, values: dict[str, Any], *, now: datetime) -> None:
    """How far an attempt is: its step, the file's name, its bytes."""
    setup = session.get_one(TownSetup, setup_id)
    for name, value in ({"name": "", "done": 0, "total": None} | values).items():
        setattr(setup, name, value)
    setup.alive_at = now


def note_proof(session: Session, setup_id: int, proof: Proof, *, now: datetime) -> None:
    """The attempt is in force."""
    note_step(session, setup_id, {"step": "done"}, now=now)
    setup = session.get_one(TownSetup, setup_id)
    setup.finished_at, setup.proof = now, proof.as_text()


def note_failure(session: Session, setup_id: int, refusal: Refusal, *, now: datetime) -> None:
    """The attempt came to nothing."""
    note_step(session, setup_id, {"step": "failed"}, now=now)
    values = {name: str(value) for name, value in refusal.values.items()}
    setup = session.get_one(TownSetup, setup_id)
    setup.finished_at, setup.failure = now, json.dumps([refusal.message, values])


def is_due(session: Session, *, days: int, now: datetime) -> bool:
    """Whether streets and addresses are to be fetched anew, `days` after the last attempt."""
    last = last_setup(session)
    return days > 0 and (last is None or now - last.started_at >= timedelta(days=days))
