"""A house whose addresses are those of a real mining town and of the cast's towns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from locomotive.addresses.search import (
    AddressUnknown,
    AddressUnsure,
    NumberMissing,
    find_address,
)
from locomotive.core.db import db, write_tx
from locomotive.core.refusal import Refusal
from locomotive.places.address import Place
from tests.ban import ban_file
from tests.ban import rows as cast_rows
from tests.noisy import real_rows
from tests.service_day import PLACES, Day, leave, new_day

# Streets whose names or numbers are hard to read, in Oignies and Carvin.
HARD = {
    ("Oignies", "Rue 1814"): ("8", "18"),
    ("Oignies", "Rue du Bois Dion"): ("42", "42 a", "42 a bis", "42 b"),
    ("Carvin", "Rue de Paris"): ("5",),
}
KITCHEN = (50.4658, 2.9968)


def hard_rows() -> list[dict[str, str]]:
    """The lines of the streets that are hard to read."""
    places = {row["nom_commune"]: row for row in cast_rows([1])}
    return [
        places[town] | {"nom_voie": street, "numero": label.split()[0],
                        "rep": " ".join(label.split()[1:])}
        for (town, street), labels in HARD.items()
        for label in labels
    ]  # fmt: skip


@contextmanager
def noisy_town(folder: Path) -> Iterator[Day]:
    """The day of that house."""
    day = new_day(folder)
    with day.app.app_context():
        files = [ban_file(folder / "adresses-62.csv", [*cast_rows(), *hard_rows()]),
                 ban_file(folder / "adresses-54.csv", real_rows())]  # fmt: skip
        db.session.remove()
        done = day.app.test_cli_runner().invoke(args=["import-addresses", *map(str, files)])
        assert done.exit_code == 0, done.output
        db.session.remove()
        with write_tx() as session:
            for name in ("town hall", "library"):
                title, street, latitude, longitude = PLACES[name]
                session.add(Place(name=title, street=street, town="Oignies", latitude=latitude,
                                  longitude=longitude))  # fmt: skip
        yield day
        leave(day.app)


def answered(typed: str) -> str:
    """The address that is taken, the first one that is offered, or the refusal's name."""
    try:
        found = find_address(db.session(), typed, centre=KITCHEN)
    except (AddressUnsure, AddressUnknown, NumberMissing) as refusal:
        offered = refusal.values["suggestions"]
        return str(offered[0]) if offered else type(refusal).__name__
    except Refusal as refusal:
        return f"{type(refusal).__name__} {refusal.values.get('town', '')}".strip()
    return f"{found.street}, {found.town}"
