"""Reading address files of the Base Adresse Nationale, and keeping the zone's towns of them.

Old and current column orders are read alike: by the columns' names.
"""

import codecs
import csv
import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TextIO, cast

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Refusal
from ..places.dataset import Dataset
from .street import HouseNumber, Street, Town
from .words import plain, tokens

# Pseudo-numbers of the land registry stand for parcels without a number.
PSEUDO = range(5000, 10000)
NEEDED = ("numero", "nom_voie", "code_insee", "nom_commune", "lon", "lat")
POSTCODE = ("code_postal", "code_post")
# Why lines are left out.
NUMBERLESS, ABROAD, STREETLESS = (
    N_("without a true number"),
    N_("without a position in France"),
    N_("without a street"),
)
# Fewer than this share of the addresses in force: a file was cut off, or is another one.
LEAST_SHARE = 0.8
# Metropolitan France, in degrees.
LATITUDES, LONGITUDES = (41.0, 51.6), (-5.6, 9.8)


class AddressFileUnusable(Refusal):
    """The file cannot be used; the sentence says what is wrong with it. Nothing was changed."""

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        super().__init__(**values)


@dataclass(frozen=True)
class BanAddress:
    """One line of an address file; a pseudo-number is None, its street is one all the same."""

    number: int | None
    suffix: str
    street: str
    town: str
    insee: str
    postcode: str
    latitude: float
    longitude: float


@dataclass
class Found:
    """What the files gave: the towns, their streets, their numbers, and what was left out."""

    towns: dict[str, Town] = field(default_factory=dict)
    streets: dict[tuple[str, str], list[BanAddress]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> int:
        """How many house numbers are kept."""
        return sum(line.number is not None for lines in self.streets.values() for line in lines)


def read_addresses(path: Path, left_out: Counter[str] | None = None) -> Iterator[BanAddress]:
    """The usable lines of one file (.csv or .csv.gz, UTF-8 or Windows-1252).

    `left_out` counts the others by reason. Raises AddressFileUnusable when the file is no
    address file, and at its end when most of its positions were wrong.
    """
    counted = Counter[str]() if left_out is None else left_out
    good = swapped = wrong = 0
    with _rows(path) as rows:
        for row in rows:
            number = _whole(row["numero"])
            if number is None or number in PSEUDO:
                counted[NUMBERLESS] += 1
                number = None
            point = _point(row["lat"], row["lon"])
            if point is None:
                wrong += 1
                swapped += _point(row["lon"], row["lat"]) is not None
                counted[ABROAD] += 1
                continue
            street = _one_line(row["nom_voie"]) or _one_line(row.get("nom_ld"))
            if not street:
                counted[STREETLESS] += 1
                continue
            good += 1
            yield BanAddress(
                number=number,
                suffix=_one_line(row.get("rep")).lower()[:20],
                street=street,
                town=_one_line(row["nom_commune"]),
                insee=_one_line(row["code_insee"])[:5],
                postcode=next((_one_line(row[n])[:5] for n in POSTCODE if row.get(n)), ""),
                latitude=point[0],
                longitude=point[1],
            )
    if swapped > good:
        raise AddressFileUnusable(
            N_("%(file)s: lines with lon and lat exchanged: %(lines)s; get the file anew."),
            file=path.name,
            lines=swapped,
        )
    if wrong > good or not good:
        raise AddressFileUnusable(
            N_("%(file)s: no usable address; wrong positions: %(wrong)s."),
            file=path.name,
            wrong=wrong,
        )


def collect(files: Sequence[Path], *, is_inside: Callable[[tuple[float, float]], bool]) -> Found:
    """Read the files and keep the towns with an address inside the zone.

    Each file is read twice, so that a department never stands whole in memory.
    `is_inside` judges a point (latitude, longitude in degrees).
    """
    found = Found(files=[path.name for path in files])
    for path in files:
        for line in read_addresses(path):
            town = found.towns.setdefault(
                line.insee,
                Town(insee=line.insee, name=line.town, postcode=line.postcode, is_served=False),
            )
            if not town.is_served and is_inside((line.latitude, line.longitude)):
                town.is_served = True
    for path in files:
        for line in read_addresses(path, found.left_out):
            if found.towns[line.insee].is_served:
                key = line.insee, " ".join(tokens(line.street))
                found.streets.setdefault(key, []).append(line)
    if not found.streets:
        raise AddressFileUnusable(
            N_(
                "%(files)s: no address lies in the zone; check the department and the kitchen's "
                "position."
            ),
            files=", ".join(found.files),
        )
    return found


def check_count(session: Session, found: Found) -> None:
    """Refuse files that hold far fewer addresses than are in force, in the towns that stay.

    Raises AddressFileUnusable.
    """
    given = Counter[str]()
    for (insee, _), lines in found.streets.items():
        given[insee] += len(set(_numbers_of(lines)))
    in_force = (
        select(Town.insee, func.count(HouseNumber.number))
        .select_from(Town)
        .join(Street, Street.town_id == Town.id)
        .join(HouseNumber, HouseNumber.street_id == Street.id)
    )
    before = {
        insee: count
        for insee, count in session.execute(in_force.group_by(Town.insee))
        # A town that the zone has left is none that the files lack.
        if insee not in found.towns or found.towns[insee].is_served
    }
    now, then = sum(given[insee] for insee in before), sum(before.values())
    if now < LEAST_SHARE * then:
        raise AddressFileUnusable(
            N_(
                "%(files)s: %(now)s addresses where %(then)s are in force: the files are not "
                "whole, or of another region."
            ),
            files=", ".join(found.files),
            now=now,
            then=then,
        )


def _numbers_of(lines: Iterable[BanAddress]) -> Iterator[tuple[int, str]]:
    return ((line.number, line.suffix) for line in lines if line.number is not None)


def replace_addresses(session: Session, found: Found, *, now: datetime) -> Dataset:
    """Put what was found in place of the addresses that stood before."""
    for table in (HouseNumber, Street, Town):
        session.execute(delete(table))
    session.add_all(found.towns.values())
    session.flush()
    houses: list[dict[str, object]] = []
    for (insee, _), lines in found.streets.items():
        street = _street(found.towns[insee], lines)
        session.add(street)
        session.flush()
        houses += _houses(street.id, lines)
    if houses:
        session.execute(insert(HouseNumber), houses)
    version = hashlib.sha256(f"{now.isoformat()}{found.files}".encode()).hexdigest()[:16]
    made = Dataset(
        kind="addresses",
        version=version,
        made_at=now,
        source=", ".join(found.files)[:200],
        count=len(houses),
    )
    session.add(made)
    session.flush()
    return made


def _street(town: Town, lines: Sequence[BanAddress]) -> Street:
    """The street of some lines: its usual name, in the middle of its numbers."""
    numbered = [line for line in lines if line.number is not None] or lines
    return Street(
        town_id=town.id,
        name=Counter(line.street for line in lines).most_common(1)[0][0],
        latitude=median(line.latitude for line in numbered),
        longitude=median(line.longitude for line in numbered),
    )


def _houses(street_id: int, lines: Iterable[BanAddress]) -> list[dict[str, object]]:
    first: dict[tuple[int, str], dict[str, object]] = {}
    for line in lines:
        if line.number is None:
            continue
        first.setdefault(
            (line.number, line.suffix),
            {
                "street_id": street_id,
                "number": line.number,
                "suffix": line.suffix,
                "latitude": line.latitude,
                "longitude": line.longitude,
            },
        )
    return list(first.values())


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[dict[str, str]]]:
    try:
        with _opened(path, _encoding(path)) as file:
            first = file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter=";" if ";" in first else ",")
            missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
            if missing:
                raise AddressFileUnusable(
                    N_(
                        "%(file)s: the column %(column)s is missing; this is no address file of "
                        "the Base Adresse Nationale."
                    ),
                    file=path.name,
                    column=missing[0],
                )
            yield _whole_rows(path, rows)
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise AddressFileUnusable(
            N_("%(file)s cannot be read: %(cause)s."), file=path.name, cause=error
        ) from error


def _whole_rows(path: Path, rows: Iterable[dict[str, str | None]]) -> Iterator[dict[str, str]]:
    """The rows; a file whose last one lacks columns was cut off on its way."""
    is_cut = False
    for row in rows:
        is_cut = None in row.values()
        yield {name: value or "" for name, value in row.items() if name is not None}
    if is_cut:
        raise AddressFileUnusable(
            N_("%(file)s: the last line is cut off; get the file anew."), file=path.name
        )


def _opened(path: Path, encoding: str) -> TextIO:
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    opened = gzip.open if is_packed else open
    return cast(TextIO, opened(path, "rt", encoding=encoding, errors="replace", newline=""))


def _encoding(path: Path) -> str:
    """UTF-8, or Windows-1252 when the file holds anything that is none."""
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with gzip.open(path) if is_packed else path.open("rb") as file:
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _one_line(text: str | None) -> str:
    kept = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(kept.split())[:150] if plain(kept) else ""


def _whole(text: str) -> int | None:
    clean = text.strip()
    return int(clean) if clean.isascii() and clean.isdigit() and len(clean) <= 5 else None


def _point(latitude: str, longitude: str) -> tuple[float, float] | None:
    try:
        lat, lon = float(latitude.replace(",", ".")), float(longitude.replace(",", "."))
    except ValueError:
        return None
    inside = LATITUDES[0] <= lat <= LATITUDES[1] and LONGITUDES[0] <= lon <= LONGITUDES[1]
    return (lat, lon) if inside else None
