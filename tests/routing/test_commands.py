"""The commands: a plan on stdout, progress on stderr, and a picture."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import routing
from routing import Plan, Problem
from routing.__main__ import main
from routing.drawing import draw


@pytest.fixture
def files(make_problem, tmp_path):
    """A problem, its plan and their files; a vehicle makes a trip, a stop is left out."""
    for seed in range(200):
        problem = make_problem(seed, 8)
        plan = routing.solve(problem, iterations=50)
        if plan.served() and plan.unassigned:
            paths = tmp_path / "problem.json", tmp_path / "plan.json"
            paths[0].write_text(json.dumps(problem.to_json()))
            paths[1].write_text(json.dumps(plan.to_json()))
            return problem, plan, *map(str, paths)
    raise AssertionError("no random problem will do")


def test_solve_prints_a_plan_that_check_accepts(files, tmp_path, capsys) -> None:
    problem, _, path, _ = files
    assert main(["solve", path, "--time-limit", "1", "--seed", "4"]) == 0
    said = capsys.readouterr()
    plan = Plan.from_json(json.loads(said.out))
    assert routing.violations(problem, plan) == []
    assert "served" in said.err
    answer = tmp_path / "answer.json"
    answer.write_text(said.out)
    assert main(["check", path, str(answer)]) == 0
    assert capsys.readouterr().out == ""


def test_check_prints_a_violation_a_line_and_fails(files, tmp_path, capsys) -> None:
    _, plan, path, _ = files
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({**plan.to_json(), "cost": plan.cost + 1, "unassigned": []}))
    assert main(["check", path, str(broken)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(plan.unassigned)


def test_solve_reads_stdin_and_a_start_plan(files) -> None:
    problem, _, _, plan_path = files
    command = [sys.executable, "-m", "routing", "solve", "-", "--time-limit", "1"]
    done = subprocess.run(
        [*command, "--start", plan_path],
        input=json.dumps(problem.to_json()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert routing.violations(problem, Plan.from_json(json.loads(done.stdout))) == []


def test_a_bar_moves_on_a_terminal(files) -> None:
    path = files[2]
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "routing", "solve", path, "--time-limit", "1"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=follower, check=True)
    os.close(follower)
    shown = os.read(leader, 65_536).decode()
    os.close(leader)
    assert shown.startswith("\r[")
    assert "served, cost" in shown
    assert shown.endswith("\n")


@pytest.mark.parametrize("limit", ["-1", "nan", "inf", "soon"])
def test_a_time_limit_that_is_none_is_refused(limit, files, capsys) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["solve", files[2], "--time-limit", limit])
    assert refused.value.code == 2
    assert "--time-limit" in capsys.readouterr().err


def test_the_picture_shows_every_stop_every_trip_and_every_vehicle(files, tmp_path) -> None:
    problem, plan, path, plan_path = files
    picture = tmp_path / "plan.svg"
    assert main(["draw", path, plan_path, "-o", str(picture)]) == 0
    root = ET.fromstring(picture.read_text())
    space = "{http://www.w3.org/2000/svg}"
    words = {element.text for element in root.iter(f"{space}text")}
    assert {stop.id for stop in problem.stops if stop.id in plan.served()} <= words
    assert {left_out.stop for left_out in plan.unassigned} <= words
    assert {route.vehicle for route in plan.routes} <= words
    assert len(list(root.iter(f"{space}polyline"))) == len(list(plan.trips()))


def test_the_picture_goes_to_stdout_without_a_name(files, capsys) -> None:
    assert main(["draw", files[2], files[3]]) == 0
    assert capsys.readouterr().out.startswith("<svg")


def test_a_name_cannot_break_out_of_the_picture(files) -> None:
    raw = {**files[0].to_json(), "name": "<script>alert(1)</script>&"}
    root = ET.fromstring(draw(Problem.from_json(raw), files[1]))
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_an_empty_plan_can_be_drawn(make_problem) -> None:
    problem = next(p for p in map(make_problem, range(300)) if not p.vehicles)
    ET.fromstring(draw(problem, routing.solve(problem, time_limit=0)))


def test_a_plan_of_another_problem_is_refused(files, tmp_path, capsys) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**files[0].to_json(), "stops": [], "locks": []}))
    assert main(["draw", str(other), files[3]]) == 2
    assert "is not a stop" in capsys.readouterr().err
