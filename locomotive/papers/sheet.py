"""The rider's sheet: what is printed of a round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.streets import Leg, Turn

from ..maps.drawing import Drawing
from ..maps.frame import Point
from ..ordering.order import Order
from ..places.address import Place
from ..places.roads import Network
from ..rounds.round import Round, RoundStop
from .map import RoundMap, round_map
from .turns import worth_words


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
    there: Mapping[str, int]  # place name → boxes that should be there
    legs: tuple[Leg, ...]  # to each stop, and back to the kitchen
    map: RoundMap

    @property
    def boxes(self) -> int:
        return self.hot + self.cold

    def desk(self, stop: RoundStop) -> tuple[str, str]:
        """Whom to ask for at a stop, and the phone number there; both may be empty."""
        return self.desks.get(stop.place_name, ("", ""))

    def turns(self, index: int) -> tuple[Turn, ...]:
        """The turns on the way to the stop at `index`; after the last stop, of the way back."""
        return worth_words(self.legs[index].turns) if index < len(self.legs) else ()

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
    return sum(line.portions for o in orders for line in o.lines if line.is_hot == is_hot)


def sheet_of(
    round_: Round,
    *,
    depot: Point,
    network: Network,
    drawing: Drawing | None = None,
    places: Iterable[Place] = (),
    there: Mapping[str, int] | None = None,
) -> Sheet:
    """The sheet of a round; a stop where nothing is left to do is left out.

    `places` are the named places among its stops: their desk is whom to ask for. `there` are the
    boxes that should be at a place, by its name.
    """
    stops = tuple(stop for stop in round_.stops if stop.is_live)
    loading = [
        Loading(n, stop, tuple(stop.orders)) for n, stop in enumerate(stops, 1) if stop.orders
    ]
    points = tuple(stop.point for stop in stops)
    legs = network.route((depot, *points, depot)) if points else ()
    return Sheet(
        round=round_,
        stops=stops,
        loading=tuple(reversed(loading)),
        hot=_boxes(round_.orders, is_hot=True),
        cold=_boxes(round_.orders, is_hot=False),
        to_collect_cents=round_.to_collect_cents,
        desks={place.name: (place.contact, place.phone) for place in places},
        there=there or {},
        legs=legs,
        map=round_map(depot, points, legs, drawing=drawing),
    )


def sheet_path(folder: Path, round_: Round, language: str) -> Path:
    """Where the PDF of a round's sheet is kept below the instance folder.

    Another plan, release, language, cancelled order, time, position or note has another name, so
    that no old paper is handed out.
    """
    stamp = (round_.released_at or round_.planned_at).strftime("%Y%m%dT%H%M%S%f")
    state = "released" if round_.is_released else "planned"
    content = ",".join(str(order.id) for order in round_.orders)
    content += "".join(f",crates {s.collection_id}" for s in round_.stops if s.collection_id)
    content += "".join(f",{s.end.planner_id}" for s in round_.stops if s.end and s.is_live)
    content += "".join(f",{s.arrives_at} {s.point} {s.access_note}" for s in round_.stops)
    digest = sha256(content.encode()).hexdigest()[:12]
    name = f"round-{round_.id}-v{round_.rounds_version}-{state}-{stamp}-{digest}-{language}.pdf"
    return folder / "paper" / name


def places_of(session: Session, round_: Round) -> list[Place]:
    """The named places that the round serves."""
    names = {stop.place_name for stop in round_.stops}
    return list(session.scalars(select(Place).where(Place.name.in_(names), Place.is_active)))
