"""What is proven, shown, printed and on the phone says the same version of the rounds."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

import routing
from locomotive.core.db import write_tx
from locomotive.rounds.act import round_token
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from tests.by_hand import PAGE, amend
from tests.service_day import SECRET, Day


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planner that has time enough to prove what it finds."""

    def solve(problem: routing.Problem, **_more: object) -> routing.Plan:
        plan = routing.solve(problem, iterations=1)
        value = routing.Bound(plan.unserved_priority, plan.cost)
        return replace(plan, status="optimal", bound=value)

    monkeypatch.setattr("locomotive.worker.planning.solve_in_process", solve)


def said(text: str) -> set[int]:
    """The versions that a page names."""
    return {int(number) for number in re.findall(r"[Vv]ersion (\d+)", text)}


def on_paper(client: FlaskClient, round_: Round) -> str:
    return client.get(f"{PAGE}rounds/{round_.number}/sheet").text


def release_it(day: Day, number: int) -> Round:
    id_ = next(r.id for r in day.rounds() if r.number == number)
    with write_tx() as session:
        round_ = session.get_one(Round, id_)
        release(session, round_, seen=round_.stamp, now=day.at(10))
    return next(r for r in day.rounds() if r.number == number)


def test_proof_desk_paper_and_phone_say_the_version_that_they_show(
    day: Day, manager: FlaskClient
) -> None:
    day.order("Nadia", to="town hall", slot=(12, 0))
    day.order("Paul", to="library", slot=(13, 0))
    first, second = day.plan()
    page = manager.get(PAGE).text
    assert "proven for the plan of 10:00, version 1." in page
    assert said(page) == said(on_paper(manager, first)) == {1}

    released = release_it(day, first.number)
    assert "proven for the plan of 10:00, version 1." in manager.get(PAGE).text
    assert amend(manager, "leave", second, departs_at="12:50").status_code == 303
    later = next(r for r in day.rounds() if not r.is_released)
    page = manager.get(PAGE).text
    assert "proven" not in page
    assert said(page) == {1, 2}
    for round_, version in ((released, 1), (later, 2)):
        assert round_.rounds_version == version
        assert said(on_paper(manager, round_)) == {version}
    again = release_it(day, later.number)
    for round_, version in ((released, 1), (again, 2)):
        phone = manager.get(f"/r/{round_token(SECRET, round_)}").text
        assert said(phone) == {version}


def test_a_plan_made_anew_is_a_version_of_its_own(day: Day, manager: FlaskClient) -> None:
    day.order("Nadia", to="town hall", slot=(12, 0))
    day.plan()
    (round_,) = day.plan()
    assert round_.rounds_version == 2
    assert "proven for the plan of 10:00, version 2." in manager.get(PAGE).text
