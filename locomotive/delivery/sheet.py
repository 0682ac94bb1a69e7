"""The rider's sheet: what is printed of a round, and the schematic map on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..ordering.order import Order
from ..places.address import Place
from .round import Round, RoundStop

MAP_WIDTH, MAP_HEIGHT = 680, 340
MARGIN = 44


@dataclass(frozen=True)
class MapPoint:
    """A place on the schematic map, in the map's own units, with the number on it."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class SchematicMap:
    """The kitchen and the stops at their true relative positions, and a scale."""

    width: int
    height: int
    points: tuple[MapPoint, ...]
    scale_units: float  # how long `scale_metres` are on the map
    scale_metres: int

    @property
    def path(self) -> str:
        """The round's line through all points and back, as SVG path data."""
        along = [*self.points, self.points[0]]
        return "M" + " L".join(f"{p.x:.1f} {p.y:.1f}" for p in along)

    @property
    def arrows(self) -> list[tuple[float, float, int]]:
        """Where and at what angle (degrees, clockwise) arrowheads stand on the line's long legs."""
        legs = pairwise([*self.points, self.points[0]])
        return [
            (
                round((one.x + two.x) / 2, 1),
                round((one.y + two.y) / 2, 1),
                round(degrees(atan2(two.y - one.y, two.x - one.x))),
            )
            for one, two in legs
            if hypot(two.x - one.x, two.y - one.y) > 60
        ]


@dataclass(frozen=True)
class Loading:
    """One stop's boxes as they are put aboard."""

    number: int
    stop: RoundStop
    orders: tuple[Order, ...]

    @property
    def hot(self) -> int:
        return _boxes(self.orders, is_hot=True)

    @property
    def cold(self) -> int:
        return _boxes(self.orders, is_hot=False)


@dataclass(frozen=True)
class Sheet:
    """All that the sheet of a round says."""

    round: Round
    stops: tuple[RoundStop, ...]
    loading: tuple[Loading, ...]  # the last stop first: what comes off first goes in last
    hot: int
    cold: int
    to_collect_cents: int
    desks: Mapping[str, tuple[str, str]]  # place name → contact and phone
    map: SchematicMap

    @property
    def boxes(self) -> int:
        return self.hot + self.cold

    def desk(self, stop: RoundStop) -> tuple[str, str]:
        """Whom to ask for at a stop, and the phone number there; both may be empty."""
        return self.desks.get(stop.place_name, ("", ""))

    def ride_seconds(self, index: int) -> int:
        """The ride to the stop at `index` (from 0) from where the tricycle was before."""
        stop = self.stops[index]
        left_at = self.stops[index - 1].leaves_at if index else self.round.departs_at
        return _whole_minute(stop.arrives_at - left_at)

    @property
    def ride_back_seconds(self) -> int:
        """The ride from the last stop to the kitchen."""
        return _whole_minute(self.round.returns_at - self.stops[-1].leaves_at)


def _whole_minute(ride: timedelta) -> int:
    """Seconds; a ride that is shorter than a minute counts as one."""
    return max(int(ride.total_seconds()), 60 if ride else 0)


def _boxes(orders: Iterable[Order], *, is_hot: bool) -> int:
    return sum(line.quantity for o in orders for line in o.lines if line.is_hot == is_hot)


def sheet_of(round_: Round, *, depot: tuple[float, float], places: Iterable[Place] = ()) -> Sheet:
    """The sheet of a round; stops whose orders were all cancelled are left out.

    `places` are the named places among its stops: their desk is whom to ask for.
    """
    stops = tuple(stop for stop in round_.stops if stop.orders)
    loading = [Loading(n, stop, tuple(stop.orders)) for n, stop in enumerate(stops, 1)]
    return Sheet(
        round=round_,
        stops=stops,
        loading=tuple(reversed(loading)),
        hot=_boxes(round_.orders, is_hot=True),
        cold=_boxes(round_.orders, is_hot=False),
        to_collect_cents=round_.to_collect_cents,
        desks={place.name: (place.contact, place.phone) for place in places},
        map=schematic_map([depot, *((s.latitude, s.longitude) for s in stops)]),
    )


def places_of(session: Session, round_: Round) -> list[Place]:
    """The named places that the round serves."""
    names = {stop.place_name for stop in round_.stops}
    return list(session.scalars(select(Place).where(Place.name.in_(names), Place.is_active)))


def schematic_map(places: Sequence[tuple[float, float]]) -> SchematicMap:
    """Draw places (latitude, longitude in degrees, the kitchen first) to scale, north up.

    An equirectangular projection around the kitchen: over a few kilometres it is true to a
    millimetre on paper.
    """
    latitude, longitude = places[0]
    east = [(lon - longitude) * 111_195 * cos(radians(latitude)) for _, lon in places]
    north = [(lat - latitude) * 111_195 for lat, _ in places]
    span_x = max(max(east) - min(east), 1.0)
    span_y = max(max(north) - min(north), 1.0)
    zoom = min((MAP_WIDTH - 2 * MARGIN) / span_x, (MAP_HEIGHT - 2 * MARGIN) / span_y, 2.0)
    middle_x, middle_y = (max(east) + min(east)) / 2, (max(north) + min(north)) / 2
    points = tuple(
        MapPoint(
            x=round(MAP_WIDTH / 2 + (x - middle_x) * zoom, 1),
            y=round(MAP_HEIGHT / 2 - (y - middle_y) * zoom, 1),
            label=str(index) if index else "",
        )
        for index, (x, y) in enumerate(zip(east, north, strict=True))
    )
    metres = max((m for m in (100, 200, 500, 1000, 2000) if m * zoom <= 160), default=100)
    return SchematicMap(
        MAP_WIDTH, MAP_HEIGHT, _apart(points), scale_units=metres * zoom, scale_metres=metres
    )


def _apart(points: Sequence[MapPoint], distance: float = 30.0) -> tuple[MapPoint, ...]:
    """Push marks that would cover each other apart, sideways, the later one to the right."""
    placed: list[MapPoint] = []
    for point in points:
        x, y = point.x, point.y
        for _ in range(len(points)):
            near = [p for p in placed if abs(p.x - x) < distance and abs(p.y - y) < distance]
            if not near:
                break
            x = max(p.x for p in near) + distance
            if x > MAP_WIDTH - MARGIN / 2:
                x, y = point.x, y + distance
        placed.append(MapPoint(x, y, point.label))
    return tuple(placed)
