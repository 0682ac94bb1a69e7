"""Input at the edge is planned, and input beyond it is refused with the field's name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import routing
from routing import Depot, InvalidProblem, Problem, Stop, Vehicle
from routing.__main__ import main
from routing.exact.bound import Pool
from routing.exact.proof import MOST_COLUMNS, grids
from routing.exact.trips import list_trips
from routing.instance.lists import read

DAY = (36_000, 54_000)


def a_problem(many: int = 3, **changes: Any) -> Problem:
    """Stops on a line, 200 s and 800 m from one to the next."""
    places = range(many + 1)
    problem = Problem(
        name="a lunch",
        objective="duration",
        depot=Depot((36_000, 54_000), 120, 30),
        vehicles=(Vehicle("red", (20,), DAY), Vehicle("blue", (20,), DAY)),
        stops=tuple(Stop(f"s{k}", k, (1,), (0,), (40_000, 50_000), 60) for k in places if k),
        durations=[[200 * abs(i - j) for j in places] for i in places],  # type: ignore[arg-type]
        distances=[[800 * abs(i - j) for j in places] for i in places],  # type: ignore[arg-type]
    )
    return replace(problem, **changes)


def solved(problem: Problem, **options: Any) -> routing.Plan:
    plan = routing.solve(problem, **{"time_limit": 2, **options})
    assert routing.violations(problem, plan) == []
    return plan


def test_nothing_to_deliver_is_an_empty_plan() -> None:
    plan = solved(a_problem(0))
    assert (plan.status, plan.cost, list(plan.trips())) == ("optimal", 0, [])


def test_one_stop_is_one_trip() -> None:
    plan = solved(a_problem(1))
    assert (plan.status, plan.cost, len(list(plan.trips()))) == ("optimal", 400, 1)


def test_without_a_vehicle_every_stop_is_left_out() -> None:
    plan = solved(a_problem(vehicles=()))
    assert {u.reason for u in plan.unassigned} == {"no_vehicle"}
    assert (plan.status, len(plan.unassigned)) == ("optimal", 3)


def test_p05_300_stops_at_one_address_are_all_served() -> None:
    stop = Stop("s", 1, (1,), (0,), (36_000, 54_000))
    stops = tuple(replace(stop, id=f"s{k}") for k in range(300))
    plan = solved(a_problem(1, stops=stops))
    assert plan.unassigned == ()
    assert plan.cost == 15 * 400


def test_an_impossible_window_is_left_out_and_the_others_are_served() -> None:
    problem = a_problem()
    stops = (replace(problem.stops[0], time_window=(0, 10)), *problem.stops[1:])
    plan = solved(replace(problem, stops=stops))
    assert [(u.stop, u.reason) for u in plan.unassigned] == [("s1", "too_far_in_time")]


def test_a_stop_heavier_than_every_vehicle_is_left_out_or_refused_at_the_border() -> None:
    problem = a_problem()
    heavy = replace(problem, stops=(replace(problem.stops[0], delivery=(21,)), *problem.stops[1:]))
    assert [(u.stop, u.reason) for u in solved(heavy).unassigned] == [("s1", "too_heavy")]
    with pytest.raises(InvalidProblem, match=r"stops\[0\].delivery is over every vehicle's"):
        Problem.from_json(heavy.to_json())


def test_a_place_that_no_road_leads_to_is_left_out() -> None:
    raw = a_problem().to_json()
    for k in range(4):
        raw["distances"][k][2] = raw["durations"][k][2] = None
    raw["durations"][2][2] = raw["distances"][2][2] = 0
    plan = solved(Problem.from_json(raw))
    assert [(u.stop, u.reason) for u in plan.unassigned] == [("s2", "unreachable")]


def test_asymmetric_ways_are_ridden_in_the_cheaper_direction() -> None:
    ways = [[0, 100, 900, 900], [900, 0, 100, 900], [900, 900, 0, 100], [100, 900, 900, 0]]
    plan = solved(a_problem(durations=ways))
    assert plan.cost == 400
    assert [v.stop for _, trip in plan.trips() for v in trip.visits] == ["s1", "s2", "s3"]


def test_times_go_on_past_midnight() -> None:
    night = (80_000, 100_000)
    problem = a_problem(
        depot=Depot(night, 120, 30),
        vehicles=(Vehicle("red", (20,), night),),
        stops=tuple(replace(s, time_window=(86_500, 88_000)) for s in a_problem().stops),
    )
    plan = solved(problem)
    assert plan.unassigned == ()
    assert all(v.start >= 86_500 for _, trip in plan.trips() for v in trip.visits)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_time_limit_of_nothing_still_makes_a_plan(limit) -> None:
    assert solved(a_problem(12), time_limit=limit).served()


def test_a_shift_that_lies_outside_the_opening_makes_no_trip() -> None:
    late = (Vehicle("red", (20,), (60_000, 70_000)),)
    plan = solved(a_problem(vehicles=late))
    assert len(plan.unassigned) == 3


Change = Callable[[dict[str, Any]], Any]

WRONG: list[tuple[str, Change]] = [
    ("stops[0].time_window ends at 1, before", lambda p: p["stops"][0].update(time_window=[2, 1])),
    ("stops[0].time_window must hold", lambda p: p["stops"][0].update(time_window=[1])),
    ("stops[1].service_time must not be below 0", lambda p: p["stops"][1].update(service_time=-1)),
    ("stops[0].delivery[0] must be a whole", lambda p: p["stops"][0].update(delivery=["four"])),
    ("stops[0].delivery[0] must be a whole", lambda p: p["stops"][0].update(delivery=[1.5])),
    ("stops[0].delivery must hold 1", lambda p: p["stops"][0].update(delivery=[1, 2])),
    ("stops[0].delivery is over every", lambda p: p["stops"][0].update(delivery=[99])),
    ("stops[0].priority must not be below 1", lambda p: p["stops"][0].update(priority=0)),
    ("stops[0].location is 9", lambda p: p["stops"][0].update(location=9)),
    ("stops[0].id is missing", lambda p: p["stops"][0].pop("id")),
    ("stops[1].id repeats 's1'", lambda p: p["stops"][1].update(id="s1")),
    ("stops[0] must be an object", lambda p: p.update(stops=[7])),
    ("stops must be a list", lambda p: p.update(stops={})),
    ("vehicles[0].capacity", lambda p: p["vehicles"][0].update(capacity=[-1])),
    ("vehicles[0].shift ends", lambda p: p["vehicles"][0].update(shift=[9, 8])),
    ("vehicles[0].max_trips must not", lambda p: p["vehicles"][0].update(max_trips=-1)),
    ("vehicles is missing", lambda p: p.pop("vehicles")),
    ("depot must be an object", lambda p: p.pop("depot")),
    ("depot.loading_time must not", lambda p: p["depot"].update(loading_time=-5)),
    ("objective must be one of", lambda p: p.update(objective="happiness")),
    ("durations[1] must hold 4 values", lambda p: p["durations"][1].pop()),
    (
        "durations[0][1] must be a whole number",
        lambda p: p["durations"][0].__setitem__(1, float("nan")),
    ),
    ("durations[0][1] must not be below 0", lambda p: p["durations"][0].__setitem__(1, -7)),
    ("durations[0][1] must not be above", lambda p: p["durations"][0].__setitem__(1, 2**40)),
    (
        "distances must hold 4 rows",
        lambda p: p["distances"].pop() and [r.pop() for r in p["distances"]],
    ),
    ("durations must be a square matrix", lambda p: p.update(durations=None)),
    ("locks[0] names 'x'", lambda p: p.update(locks=[{"kind": "first", "stop": "x"}])),
    (
        "locks[0].vehicle names 'x'",
        lambda p: p.update(locks=[{"kind": "not_on", "stop": "s1", "vehicle": "x"}]),
    ),
    ("locks[0].kind must be one of", lambda p: p.update(locks=[{"kind": "tied"}])),
    ("locks[0].trip", lambda p: p.update(locks=[{"kind": "frozen", "vehicle": "red", "trip": {}}])),
]


@pytest.mark.parametrize(("sentence", "change"), WRONG, ids=[w[0] for w in WRONG])
def test_what_makes_no_sense_is_refused_by_the_field_s_name(
    sentence: str, change: Change, tmp_path, capsys
) -> None:
    raw = a_problem().to_json()
    change(raw)
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(raw))
    assert main(["solve", str(path), "--time-limit", "0"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(sentence)
    assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"x"', "\x00"])
def test_what_is_no_problem_at_all_is_refused_in_one_sentence(text, tmp_path, capsys) -> None:
    path = tmp_path / "problem.json"
    path.write_text(text)
    assert main(["solve", str(path)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_file_that_is_not_there_is_named(capsys) -> None:
    assert main(["check", "nowhere.json", "nowhere.json"]) == 2
    assert "nowhere.json" in capsys.readouterr().err


def is_running(group: int) -> bool:
    """Whether some process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_solver_leaves_no_process_and_no_file(tmp_path) -> None:
    """The command is killed in the middle of its work; its session is empty afterwards."""
    import signal
    import time

    path = tmp_path / "problem.json"
    path.write_text(json.dumps(a_problem(40).to_json()))
    command = [sys.executable, "-m", "routing", "solve", str(path), "--time-limit", "60"]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert child.stderr is not None
    child.stderr.readline()  # it has begun
    child.send_signal(signal.SIGKILL)
    assert child.wait(60) == -signal.SIGKILL
    assert child.stdout is not None
    assert child.stdout.read() == b""
    for _ in range(6000):  # a busy machine takes its time to end them; a minute is too much
        if not is_running(child.pid):
            break
        time.sleep(0.01)
    assert not is_running(child.pid)
    assert [p.name for p in tmp_path.iterdir()] == ["problem.json"]
    child.stderr.close()
    child.stdout.close()


def said_of(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a command that refuses its input says: one sentence."""
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    return said.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "too deep"),
        ('{"a": ' * 100_000, "too deep"),
        ('{"name": ' + "7" * 5_000 + "}", "too many digits"),
        ("[1, 2", "is not JSON"),
        ("", "is not JSON"),
    ],
)
@pytest.mark.parametrize("command", ["solve", "replay", "check", "draw", "simulate"])
def test_what_no_reader_takes_is_refused_in_a_sentence(
    command: str, text: str, said: str, tmp_path, capsys
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    more = [str(path)] if command in ("check", "draw", "simulate") else []
    assert said in said_of([command, str(path), *more], capsys)


def test_half_a_character_is_refused_by_its_field(tmp_path, capsys) -> None:
    raw = a_problem().to_json()
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(solved(a_problem()).to_json()))
    path = tmp_path / "odd.json"
    for change, field in (({"name": "\ud800"}, "name"), ({}, "stops[1].id")):
        odd = {**raw, **change}
        if not change:
            odd["stops"] = [raw["stops"][0], {**raw["stops"][1], "id": "s\udc80"}]
        path.write_text(json.dumps(odd))
        for command in (["solve", str(path)], ["draw", str(path), str(plan)]):
            assert said_of(command, capsys).startswith(f"{field} holds half a character")


def test_a_start_plan_with_unknown_names_says_so(tmp_path, capsys) -> None:
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    problem.write_text(json.dumps(a_problem(2).to_json()))
    plan.write_text(json.dumps(solved(a_problem(3)).to_json()))
    said = said_of(["solve", str(problem), "--start", str(plan)], capsys)
    assert "'s3', which is not a stop" in said
    raw = solved(a_problem(2)).to_json()
    raw["routes"][0]["vehicle"] = "green"
    plan.write_text(json.dumps(raw))
    said = said_of(["solve", str(problem), "--start", str(plan)], capsys)
    assert "'green', not a vehicle" in said


@pytest.mark.parametrize("seed", ["99999999999", "-1", "1.5", "9" * 5_000, "soon"])
def test_a_seed_that_is_none_is_refused(seed: str, capsys) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["solve", "-", "--seed", seed])
    assert refused.value.code == 2
    assert "must be a whole number from 0 to 2147483647" in capsys.readouterr().err


def test_any_seed_is_taken_from_python() -> None:
    for seed in (-5, 99_999_999_999):
        assert solved(a_problem(6), seed=seed).unassigned == ()


def test_a_horizon_of_years_is_planned_with_a_coarser_grid() -> None:
    forever = (0, 100_000_000)
    problem = a_problem(
        4,
        depot=Depot(forever, 120, 30),
        vehicles=(Vehicle("red", (2,), forever),),
        stops=tuple(replace(stop, time_window=forever) for stop in a_problem(4).stops),
    )
    instance = read(problem)
    trips, complete = list_trips(instance)
    assert complete
    for grid in grids(instance, trips):
        assert len(Pool.of(instance, trips, grid).owner) <= MOST_COLUMNS + 2 * len(trips)
    assert solved(problem, time_limit=30).status == "optimal"
