"""C-03: many customers, one slot of twelve, a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.load.house import new_house, rush, served, size

pytestmark = pytest.mark.full
CLIENTS, PLACES, PORTIONS = 64, 12, 1000
ATTEMPTS = size(600, 5000)


@pytest.mark.parametrize("engine", ENGINES)
def test_c03_exactly_the_places_of_the_slot_are_given_and_no_refused_order_takes_a_portion(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database(engine), portions=PORTIONS, places=PLACES)
    with served(house) as port:
        answers = rush(port, house, clients=CLIENTS, attempts=ATTEMPTS)
    assert answers == {303: PLACES, 409: ATTEMPTS - PLACES}
    assert (house.orders(), house.sold(), house.left()) == (PLACES, PLACES, PORTIONS - PLACES)
    assert house.wrong_counters() == []


def test_c18_the_control_counting_then_writing_overfills_the_slot(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database("sqlite"), portions=PORTIONS, places=PLACES)
    with served(house, app="tests.load.naive:app") as port:
        rush(port, house, clients=CLIENTS, attempts=4 * CLIENTS)
    assert house.orders() > PLACES
    assert house.wrong_counters() != []
