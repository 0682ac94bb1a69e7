"""A lunch's orders one by one: what is promised is kept, and is counted right."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import routing
from routing import InvalidProblem, Problem
from routing.__main__ import main
from routing.replay import read_arrivals, replay

from .conftest import SHARED


def a_stream(name: str) -> dict:
    path = SHARED / "stream" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the shared stream {name} is not here")
    return json.loads(path.read_text())


@pytest.mark.parametrize("name", ["stream-n50-k1-s4", "stream-n50-k2-s1", "stream-n80-k3-s5"])
def test_no_promised_window_is_ever_broken(name: str) -> None:
    raw = a_stream(name)
    problem = Problem.from_json(raw)
    arrivals = read_arrivals(raw, problem)
    played = replay(problem, arrivals, time_limit=0.01)
    windows = dict(played.accepted)
    stops = tuple(
        replace(stop, time_window=windows[stop.id]) if stop.id in windows else stop
        for stop in problem.stops
    )
    kept = tuple(stop for stop in stops if stop.id in windows)
    assert played.plan.served() == set(windows)
    assert routing.violations(replace(problem, stops=kept), with_only(played.plan, windows)) == []
    assert set(windows) | set(played.refused) == {arrival.stop for arrival in arrivals}
    assert set(windows).isdisjoint(played.refused)
    assert len(played.latency_ms) == len(arrivals)
    wished = {arrival.stop: arrival.windows for arrival in arrivals}
    assert all(when in wished[stop] for stop, when in played.accepted)
    assert windows


def with_only(plan: routing.Plan, promised) -> routing.Plan:
    """Return the plan without a word of those who were refused."""
    left_out = tuple(u for u in plan.unassigned if u.stop in promised)
    return replace(plan, unassigned=left_out, unserved_priority=0)


def test_the_command_prints_what_was_promised(tmp_path, capsys) -> None:
    raw = a_stream("stream-n50-k1-s4")
    path = tmp_path / "stream.json"
    path.write_text(json.dumps(raw))
    assert main(["replay", str(path), "--time-limit", "5"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"accepted", "refused", "latency_ms", "plan"}
    assert len(said["accepted"]) + len(said["refused"]) == len(raw["arrivals"])


@pytest.mark.parametrize(
    ("sentence", "arrivals"),
    [
        ("arrivals is missing", None),
        ("arrivals must be a list", 7),
        ("arrivals[0].stop names 'x'", [{"stop": "x", "windows": []}]),
        ("arrivals[0].windows[0]", [{"stop": "s1", "windows": [[9, 8]]}]),
        ("arrivals[1].stop repeats", [{"stop": "s1", "windows": []}] * 2),
    ],
)
def test_a_stream_that_makes_no_sense_is_refused(sentence, arrivals) -> None:
    raw = a_stream("stream-n50-k1-s4")
    raw.pop("arrivals")
    if arrivals is not None:
        raw["arrivals"] = arrivals
    with pytest.raises(InvalidProblem) as refused:
        read_arrivals(raw, Problem.from_json(raw))
    assert str(refused.value).startswith(sentence)


def test_who_asks_for_no_window_is_refused(make_problem) -> None:
    raw = a_stream("stream-n50-k1-s4")
    problem = Problem.from_json(raw)
    one = [{"stop": problem.stops[0].id, "windows": []}]
    played = replay(problem, read_arrivals({"arrivals": one}, problem), time_limit=0)
    assert (played.accepted, played.refused) == ((), (problem.stops[0].id,))
