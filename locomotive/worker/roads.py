"""The road network and the addresses: made anew, fetched anew, put in force."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy.orm import Session

from routing.streets import Built, Roads, RoadsUnusable, build, built_of, rebuild

from ..addresses.ban import Found, check_count, collect, replace_addresses
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import N_, Refusal
from ..core.tasks import SET_UP_TOWN, ask_worker
from ..places.address import active_places
from ..places.dataset import last_dataset
from ..places.roads import FOLDER, box_of, marks_of, network_of, note_roads, passages
from ..places.travel_time import forget_legs
from ..places.zone import Zone, set_reach, zone_line, zone_of
from ..town.download import Told, fetch, name_of
from ..town.proof import Known, NotProven, Proof, check_streets, prove
from ..town.setup import (
    begin_setup,
    is_due,
    last_setup,
    note_failure,
    note_proof,
    note_step,
    sources_of,
    take_setup,
)
from ..web.view import settings

log = logging.getLogger(__name__)
FETCHED = "town"  # folder of what is being fetched, below the instance
TELL_EVERY = 2.0  # seconds
Tell = Callable[[dict[str, Any]], None]


def make_roads() -> None:
    """Make the road network anew with the passages that are marked today."""
    house = settings()
    made = last_dataset(db.session(), "roads")
    if made is None:
        return
    marks = marks_of(passages(db.session(), day=clock.today()))
    db.session.remove()
    try:
        built = rebuild(house.files / FOLDER, centre=house.depot, passages=marks)
    except RoadsUnusable:
        log.exception("the road network was not made anew; the one in force stays")
        return
    put_in_force(built, source=made.source)


def put_in_force(built: Built, *, source: str) -> None:
    """Let a network that was built answer from now on, and measure the zone on it."""
    with write_tx() as session:
        _note_network(session, built, source)
    measure_reach()


def measure_reach() -> None:
    """Measure how far the tricycles get in the zone's minutes."""
    house = settings()
    line = zone_line(db.session())
    if line is None or line.kind != "reach" or not line.minutes:
        return
    ring = network_of(db.session()).reach(house.depot, line.minutes)
    with write_tx() as session:
        set_reach(session, ring)


def renew_town() -> None:
    """Fetch streets and addresses anew when the settings wish it and the last time is long ago."""
    days = settings().town_days
    if not is_due(db.session(), days=days, now=clock.now()):
        return
    with write_tx() as session:
        last = last_setup(session)
        if last and last.is_under_way(clock.now()):
            return
        setup_id = begin_setup(session, now=clock.now()).id
    ask_worker(SET_UP_TOWN, setup_id)


def set_up_town(setup_id: int) -> None:
    """Fetch, prove and put in force, as the office or the timetable asked for it."""
    with write_tx() as session:
        is_ours = take_setup(session, setup_id, now=clock.now())
    if not is_ours:
        return
    try:
        run_setup(setup_id, tell=lambda _step: None, is_anyway=False)
    except Refusal as refusal:
        log.warning("streets and addresses stay as they were: %s", refusal)


def run_setup(setup_id: int, *, tell: Tell, is_anyway: bool) -> Proof:
    """Fetch, prove and put in force; what is in force stays until all of it is proven.

    `is_anyway` takes far fewer addresses or streets than are in force. Raises a Refusal, which is
    noted too.
    """
    try:
        return _run_setup(setup_id, _noting(setup_id, tell), is_anyway)
    except (Refusal, RoadsUnusable, OSError) as error:
        db.session.rollback()
        refusal = _refusal_of(error)
        with write_tx() as session:
            note_failure(session, setup_id, refusal, now=clock.now())
        if refusal is error:
            raise
        raise refusal from error


def _run_setup(setup_id: int, tell: Tell, is_anyway: bool) -> Proof:
    house = settings()
    folder = house.files / FETCHED
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[Path]] = {"addresses": [], "streets": []}
    try:
        for source in sources_of(house):
            name = name_of(source.url)
            told = _told(name, tell)
            files[source.kind].append(fetch(source.url, folder / name, told=told))
        tell({"step": "reading"})
        found = collect(files["addresses"], is_inside=_zone().holds)
        if not is_anyway:
            check_count(db.session(), found)
        db.session.remove()
        tell({"step": "building"})
        built, proof = build_proven(files["streets"][0], found, is_anyway=is_anyway)
        with write_tx() as session:
            replace_addresses(session, found, now=clock.now())
            _note_network(session, built, files["streets"][0].name)
            note_proof(session, setup_id, proof, now=clock.now())
        measure_reach()
        return proof
    finally:
        for path in (*files["addresses"], *files["streets"]):
            path.unlink(missing_ok=True)


def build_proven(file: Path, found: Found | None, *, is_anyway: bool) -> tuple[Built, Proof]:
    """Build the network of an extract; without proof, or with far fewer streets than are in force,
    the one before stays.

    `found` are the addresses that it must fit. Raises NotProven, RoadsUnusable.
    """
    house, session = settings(), db.session()
    named = [Known(p.name, (p.latitude, p.longitude)) for p in active_places(session)]
    marks = marks_of(passages(session, day=clock.today()))
    box, home = box_of(_zone()), house.files / FOLDER
    db.session.remove()
    proofs: list[Proof] = []

    def look(roads: Roads, built: Built) -> None:
        if not is_anyway:
            check_streets(built, _built_before(home))
        if found is not None:
            proof = prove(roads, found, kitchen=house.depot, named=named)
            proofs.append(replace(proof, flat=list(built.flat or ())))

    built = build(file, home, box=box, centre=house.depot, passages=marks, prove=look)
    return built, (proofs or [Proof()])[0]


def _zone() -> Zone:
    house = settings()
    return zone_of(db.session(), depot=house.depot, zone_km=house.zone_km)


def _built_before(home: Path) -> Built | None:
    try:
        return built_of(home)
    except RoadsUnusable:
        return None


def _note_network(session: Session, built: Built, source: str) -> None:
    folder = settings().files / FOLDER
    note_roads(session, built, folder=folder, source=source, now=clock.now())
    forget_legs(session, kept=built.version)


def _noting(setup_id: int, tell: Tell) -> Tell:
    """Tell each step to whoever waits, and write it down for the office's page."""

    def told(step: dict[str, Any]) -> None:
        tell(step)
        with write_tx() as session:
            note_step(session, setup_id, step, now=clock.now())

    return told


def _told(name: str, tell: Tell) -> Told:
    """Tell how much of a file is there, at most every few seconds, and at the end."""
    last = float("-inf")

    def told(done: int, total: int | None) -> None:
        nonlocal last
        if done == total or monotonic() - last >= TELL_EVERY:
            last = monotonic()
            tell({"step": "fetching", "name": name[:200], "done": done, "total": total})

    return told


def _refusal_of(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RoadsUnusable):
        return NotProven(error.message, **error.values)
    return NotProven(N_("The files could not be written: %(cause)s."), cause=error)
