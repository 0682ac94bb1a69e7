"""Lunches through the real application: what is promised at the cut-off is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from locomotive.promise import question
from tests.conftest import ENGINES
from tests.load.house import size
from tests.lunches.lunch import simulated

LUNCHES = size(3, 100)  # on each engine


@pytest.mark.parametrize(
    ("engine", "seed", "orders"),
    [
        pytest.param("sqlite", 0, 15),
        *(
            pytest.param(engine, seed, 40, marks=pytest.mark.full)
            for seed in range(1, LUNCHES + 1)
            for engine in ENGINES
        ),
    ],
)
def test_every_order_promised_at_the_cut_off_is_served_in_its_window(
    engine: str, seed: int, orders: int, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    result = simulated(tmp_path, new_database(engine), seed, orders=orders)
    assert result.wrong == []
    counts = result.counts
    assert counts["served in their window"] == counts["promised at the cut-off"] > 2
    assert counts["order 303"] > orders / 3
    assert counts["cancel 303"] > 0
    assert counts["change 303"] > 0
    assert counts["shifts 303"] == counts["gone 303"] == 1


@pytest.mark.full
def test_the_control_that_promises_each_order_alone_breaks_promises(
    tmp_path: Path, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question, "orders_of", lambda session, service: [])
    result = simulated(tmp_path, new_database("sqlite"), 0, orders=15)
    assert any("in no trip" in sentence for sentence in result.wrong)
