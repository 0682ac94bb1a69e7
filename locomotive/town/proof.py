"""Proof: what speaks for new streets and addresses before they are put in force."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

from routing.streets import Built, Leg, NoWay, Point

from ..addresses.ban import Found
from ..core.refusal import N_, Refusal

KNOWN_PLACES = 5
# Of those, so many may lie where no street leads: a pin in a field is no fault of the map.
MAY_BE_LOST = 1
SAMPLE = 400  # addresses
NEAR = 60  # metres from a street
LEAST_NEAR = 0.9
# Fewer than this share of the streets in force, in the same box: the extract was cut off.
LEAST_STREETS = 0.5


# What the maker of road networks may say (`RoadsUnusable`).
ROADS_SENTENCES = (
    N_("The package pyvalhalla is missing: it needs Python 3.12 or newer."),
    N_("The package osmium is missing."),
    N_("The map shows no street around the kitchen: is it the region's?"),
    N_("The map cannot be read: %(cause)s."),
    N_("The map was not written: %(cause)s."),
    N_("The map took too long to build."),
    N_("The map was not built: %(cause)s."),
    N_("No road network is loaded."),
    N_("Another map is being made. Wait until it is done."),
    N_(
        "The map shows no street near the kitchen: check its position, or take the extract of its "
        "region."
    ),
)


class NotProven(Refusal):
    """What was fetched is not what it should be; what is in force stays."""

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        super().__init__(**values)


class Ways(Protocol):
    """The part of a road network that a proof asks."""

    def route(self, points: Sequence[Point]) -> list[Leg]:
        """The way through the points."""
        ...

    def nearest(self, point: Point) -> tuple[Point, int]:
        """The nearest street's point, and the metres to it."""
        ...


@dataclass(frozen=True)
class Known:
    """A place to which a way must lead."""

    name: str
    point: Point


@dataclass(frozen=True)
class Proof:
    """Addresses by town, ways by place (minutes, metres; None: no way), share near a street, and
    where the map is flat for want of heights."""

    towns: dict[str, int] = field(default_factory=dict)
    ways: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    near: float = 0.0
    # The elevation tiles that were missing; [] where all hills are known.
    flat: list[str] | None = None

    def as_text(self) -> str:
        """The proof as it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False)


def proof_of(text: str) -> Proof | None:
    """A proof that was kept."""
    return Proof(**json.loads(text)) if text else None


def count_towns(found: Found) -> dict[str, int]:
    """How many addresses each town of the zone has, the largest first."""
    counts = Counter[str]()
    for (insee, _), lines in found.streets.items():
        numbers = {(line.number, line.suffix) for line in lines if line.number is not None}
        counts[found.towns[insee].name] += len(numbers)
    return dict(counts.most_common())


def known_places(named: Iterable[Known], found: Found) -> list[Known]:
    """Five places: those that the manager named, then the longest street of each town, then other
    long streets."""
    by_length = sorted(found.streets, key=lambda key: (-len(found.streets[key]), key))
    longest = {insee: (insee, street) for insee, street in reversed(by_length)}
    keys = dict.fromkeys([*sorted(longest.values(), key=by_length.index), *by_length])
    houses = (found.streets[key][0] for key in keys)
    streets = [Known(f"{at.street}, {at.town}", (at.latitude, at.longitude)) for at in houses]
    return [*named, *streets][:KNOWN_PLACES]


def prove(ways: Ways, found: Found, *, kitchen: Point, named: Iterable[Known]) -> Proof:
    """Ride to five places and look how many addresses lie on a street.

    Raises NotProven when the streets are not those of the addresses.
    """
    routes = {place.name: _way(ways, kitchen, place) for place in known_places(named, found)}
    lost = [name for name, way in routes.items() if way is None]
    if len(lost) > MAY_BE_LOST:
        raise NotProven(
            N_("No way leads from the kitchen to %(places)s: are these the streets of the zone?"),
            places="; ".join(lost),
        )
    near = _share_near(ways, found)
    if near < LEAST_NEAR:
        raise NotProven(
            N_(
                "Only %(share)s %% of the addresses lie at a street: streets and addresses are not "
                "of the same region."
            ),
            share=int(100 * near),
        )
    return Proof(count_towns(found), routes, near)


def check_streets(built: Built, before: Built | None) -> None:
    """Refuse a network that has far fewer streets than the one in force. Raises NotProven."""
    if before and before.box == built.box and built.streets < LEAST_STREETS * before.streets:
        raise NotProven(
            N_(
                "%(now)s stretches of street where %(then)s are in force: the map is not whole, or "
                "of another region."
            ),
            now=built.streets,
            then=before.streets,
        )


def _way(ways: Ways, kitchen: Point, place: Known) -> tuple[int, int] | None:
    try:
        [leg] = ways.route([kitchen, place.point])
    except NoWay:
        return None
    return max(1, round(leg.seconds / 60)), leg.metres


def _share_near(ways: Ways, found: Found) -> float:
    points = [
        (line.latitude, line.longitude)
        for lines in found.streets.values()
        for line in lines
        if line.number is not None
    ]
    sample = random.Random(1).sample(points, min(SAMPLE, len(points)))
    return sum(_is_near(ways, point) for point in sample) / max(1, len(sample))


def _is_near(ways: Ways, point: Point) -> bool:
    try:
        return ways.nearest(point)[1] <= NEAR
    except NoWay:
        return False
