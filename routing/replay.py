"""A lunch's orders one by one: each asks for its windows in turn and gets the first that fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from routing.fits import fits, with_stop
from routing.plan import Bound, Plan, Route
from routing.problem import InvalidProblem, Problem
from routing.reading import each, mapping, text, window

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stop that asks to be served, with the windows that would suit it, the best first."""

    stop: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What was promised to whom, who was refused, the milliseconds of each answer, the plan."""

    accepted: tuple[tuple[str, Window], ...]
    refused: tuple[str, ...]
    latency_ms: tuple[float, ...]
    plan: Plan

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON's plain objects."""
        return {
            "accepted": [{"stop": stop, "window": list(when)} for stop, when in self.accepted],
            "refused": list(self.refused),
            "latency_ms": list(self.latency_ms),
            "plan": self.plan.to_json(),
        }


def read_arrivals(raw: object, problem: Problem) -> tuple[Arrival, ...]:
    """Read a stream's arrivals; raise InvalidProblem with one sentence naming the wrong field."""
    stops = {stop.id for stop in problem.stops}
    try:
        arrivals = tuple(_arrival(r, at) for at, r in each(mapping(raw, "stream"), "arrivals", ""))
    except ValueError as wrong:
        raise InvalidProblem(str(wrong)) from None
    seen: set[str] = set()
    for index, arrival in enumerate(arrivals):
        if arrival.stop not in stops:
            raise InvalidProblem(f"arrivals[{index}].stop names {arrival.stop!r}, not a stop")
        if arrival.stop in seen:
            raise InvalidProblem(f"arrivals[{index}].stop repeats {arrival.stop!r}")
        seen.add(arrival.stop)
    return arrivals


def _arrival(raw: object, field: str) -> Arrival:
    data: Mapping[str, Any] = mapping(raw, field)
    windows = ({"window": w} for _, w in each(data, "windows", field))
    named = enumerate(windows)
    return Arrival(
        stop=text(data, "stop", field),
        windows=tuple(window(w, "window", f"{field}.windows[{index}]") for index, w in named),
    )


def replay(problem: Problem, arrivals: tuple[Arrival, ...], *, time_limit: float) -> Replay:
    """Answer every arrival; `time_limit` is the seconds that one window may take."""
    plan = nothing_promised(problem)
    accepted: list[tuple[str, Window]] = []
    refused: list[str] = []
    latency: list[float] = []
    for arrival in arrivals:
        began = perf_counter()
        asked = next(stop for stop in problem.stops if stop.id == arrival.stop)
        for wanted in arrival.windows:
            stop = replace(asked, time_window=wanted)
            found = fits(problem, plan, stop, time_limit=time_limit)
            if found is not None:
                problem, plan = with_stop(problem, stop)[0], found
                accepted.append((stop.id, wanted))
                break
        else:
            refused.append(arrival.stop)
        latency.append(round((perf_counter() - began) * 1000, 2))
    return Replay(tuple(accepted), tuple(refused), tuple(latency), plan)


def nothing_promised(problem: Problem) -> Plan:
    """Return the plan in which no vehicle moves and no stop is spoken of."""
    routes = tuple(Route(vehicle.id, ()) for vehicle in problem.vehicles)
    unserved = sum(stop.priority for stop in problem.stops)
    return Plan("feasible", unserved, 0, Bound(0, 0), 0.0, routes, ())
