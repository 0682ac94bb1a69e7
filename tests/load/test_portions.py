"""C-01: many customers, few portions, a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.load.house import new_house, rush, served, size

pytestmark = pytest.mark.full
CLIENTS, PORTIONS = 64, 100
ATTEMPTS = size(3000, 10_000)


@pytest.mark.parametrize("engine", ENGINES)
def test_c01_exactly_the_portions_that_exist_are_sold(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database(engine), portions=PORTIONS)
    with served(house) as port:
        answers = rush(port, house, clients=CLIENTS, attempts=ATTEMPTS)
    assert answers == {303: PORTIONS, 409: ATTEMPTS - PORTIONS}
    assert (house.sold(), house.orders()) == (PORTIONS, PORTIONS)
    assert house.wrong_counters() == []


def test_c18_the_control_reading_then_writing_oversells(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database("sqlite"), portions=PORTIONS)
    with served(house, app="tests.load.naive:app") as port:
        rush(port, house, clients=CLIENTS, attempts=10 * CLIENTS)
    assert house.sold() > PORTIONS
