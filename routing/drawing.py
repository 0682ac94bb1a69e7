"""A picture of a plan as SVG: a map of the rounds, and each vehicle's day along the clock.

A problem knows no coordinates, so the map is laid out from its distances by classical
multidimensional scaling (W. S. Torgerson, "Multidimensional scaling: I. Theory and method",
Psychometrika 17, 1952): what is near on the road is near in the picture; north is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import cycle

from routing.plan import Plan, Trip
from routing.problem import Problem

Point = tuple[float, float]

# Dark enough for white numbers, which say the same to those who do not tell colours apart.
COLOURS = ("#0072b2", "#b84a00", "#00735a", "#9c3d78", "#5b4bb5", "#6b6200")
MAP = 640  # the map's longer side, in pixels
MARGIN = 40
ROW = 56  # the height of a vehicle's day
HOUR = 3600
STYLE = (
    "text{font:12px sans-serif;fill:#222}.name{font-weight:bold}.trip{fill:none;stroke-width:2.5}"
    ".left{fill:#fff;stroke:#b00020;stroke-width:2.5;stroke-dasharray:3 2}"
    ".axis{stroke:#ccc}.load{opacity:.35}.on{fill:#fff;font-size:11px}"
)


def draw(problem: Problem, plan: Plan) -> str:
    """Return the picture of a plan as an SVG document.

    Raises KeyError when the plan names a stop that the problem does not know.
    """
    places = layout(problem)
    top = round(max(y for _, y in places)) + MARGIN
    height = top + ROW * len(plan.routes) + 2 * MARGIN
    width = MAP + 2 * MARGIN
    title = f"{problem.name or 'Plan'}: {len(plan.served())} of {len(problem.stops)} stops served"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(title)}</title><style>{STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            f'<text class="name" x="{MARGIN}" y="24">{escape(title)}, {escape(plan.status)}</text>',
            *_map(problem, plan, places),
            *_timeline(plan, top),
            "</svg>",
        ]
    )


def layout(problem: Problem) -> list[Point]:
    """Return a point for each row of the matrices, in pixels on the map, the depot first."""
    import numpy as np

    longest = max((way for row in problem.distances for way in row if way is not None), default=1)
    ways = np.array(
        [[2 * longest if way is None else way for way in row] for row in problem.distances],
        dtype=float,
    )
    ways = (ways + ways.T) / 2
    np.fill_diagonal(ways, 0)
    centre = np.eye(len(ways)) - 1 / len(ways)
    values, vectors = np.linalg.eigh(centre @ (ways**2) @ centre / -2)
    points = np.zeros((len(ways), 2))
    for axis in range(min(2, len(ways))):
        points[:, axis] = vectors[:, -1 - axis] * max(values[-1 - axis], 0) ** 0.5
    points -= points.min(axis=0)
    points *= (MAP - 2 * MARGIN) / max(float(np.max(points)), 1.0)
    return [(round(x + 2 * MARGIN, 1), round(y + 2 * MARGIN, 1)) for x, y in points]


def _map(problem: Problem, plan: Plan, places: list[Point]) -> list[str]:
    at = {stop.id: places[stop.location] for stop in problem.stops}
    depot = places[0]
    drawn = []
    colours = cycle(COLOURS)
    for _, trip in plan.trips():
        points = [depot, *(at[visit.stop] for visit in trip.visits), depot]
        line = " ".join(f"{x},{y}" for x, y in points)
        drawn.append(f'<polyline class="trip" stroke="{next(colours)}" points="{line}"/>')
    colours = cycle(COLOURS)
    for number, (_, trip) in enumerate(plan.trips(), start=1):
        colour = next(colours)
        drawn += [_stop(at[v.stop], v.stop, f"{number}", colour) for v in trip.visits]
    for unassigned in plan.unassigned:
        x, y = at[unassigned.stop]
        words = escape(f"{unassigned.stop}: {unassigned.explanation}")
        drawn.append(
            f'<circle class="left" cx="{x}" cy="{y}" r="9"><title>{words}</title></circle>'
        )
        drawn.append(f'<text x="{x + 11}" y="{y + 4}">{escape(unassigned.stop)}</text>')
    x, y = depot
    drawn.append(f'<rect x="{x - 9}" y="{y - 9}" width="18" height="18" fill="#222"/>')
    drawn.append(f'<text class="name" x="{x + 12}" y="{y + 4}">Depot</text>')
    return drawn


def _stop(point: Point, name: str, number: str, colour: str) -> str:
    x, y = point
    return (
        f'<circle cx="{x}" cy="{y}" r="9" fill="{colour}"/>'
        f'<text class="on" x="{x}" y="{y + 4}" text-anchor="middle">{number}</text>'
        f'<text x="{x + 11}" y="{y + 4}">{escape(name)}</text>'
    )


def _timeline(plan: Plan, top: int) -> list[str]:
    trips = [trip for _, trip in plan.trips()]
    if not trips:
        return [f'<text x="{MARGIN}" y="{top + 20}">No trip.</text>']
    begin = min(trip.loading for trip in trips) // HOUR * HOUR
    end = -(-max(trip.return_time for trip in trips) // HOUR) * HOUR
    scale = (MAP - MARGIN) / max(end - begin, 1)

    def across(moment: int) -> float:
        return round(2 * MARGIN + (moment - begin) * scale, 1)

    bottom = top + ROW * len(plan.routes) + 10
    drawn = []
    for moment in range(begin, end + 1, HOUR // 2):
        x = across(moment)
        drawn.append(f'<line class="axis" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>')
        drawn.append(
            f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{_clock(moment)}</text>'
        )
    colours, number = cycle(COLOURS), 0
    for row, route in enumerate(plan.routes):
        y = top + ROW * row + 10
        drawn.append(f'<text class="name" x="{MARGIN}" y="{y + 20}">{escape(route.vehicle)}</text>')
        for trip in route.trips:
            number += 1
            drawn += _bar(trip, f"{number}", next(colours), y, across)
    return drawn


def _bar(trip: Trip, number: str, colour: str, y: int, across: Callable[[int], float]) -> list[str]:
    load, leave, back = across(trip.loading), across(trip.departure), across(trip.return_time)
    words = f"Trip {number}: loading {_clock(trip.loading)}, out {_clock(trip.departure)}"
    words += f" to {_clock(trip.return_time)}"
    bars = [
        f'<rect class="load" x="{load}" y="{y}" width="{leave - load:.1f}" height="30" '
        f'fill="{colour}"/>',
        f'<rect x="{leave}" y="{y}" width="{back - leave:.1f}" height="30" fill="{colour}">'
        f"<title>{words}</title></rect>",
        f'<text class="on" x="{leave + 4}" y="{y + 13}">{number}</text>',
    ]
    for visit in trip.visits:
        x = across(visit.start)
        width = max(1.5, across(visit.departure) - x)
        words = escape(f"{visit.stop}: {_clock(visit.start)} to {_clock(visit.departure)}")
        bars.append(
            f'<rect x="{x}" y="{y + 17}" width="{width:.1f}" height="13" fill="#fff" '
            f'fill-opacity=".75"><title>{words}</title></rect>'
        )
    return bars


def _clock(moment: int) -> str:
    """Return the time of day; hours go on past 24."""
    return f"{moment // HOUR}:{moment % HOUR // 60:02d}"
