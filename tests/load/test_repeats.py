"""C-06: pages sent again and again, a real server."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.load.house import Customer, House, new_house, served, size

pytestmark = pytest.mark.full
CLIENTS, SENDS = 32, 20
KEYS = size(100, 500)


def key(number: int) -> str:
    """A checkout page's key."""
    return f"{number:08d}".rjust(32, "k")


def send(port: int, house: House, *, keys: int) -> Counter[int]:
    """Send each page SENDS times in any order, from all clients at once."""
    sends = [key(number) for number in range(keys)] * SENDS
    random.Random(6).shuffle(sends)

    def customer(number: int) -> Counter[int]:
        buyer = Customer(port, house)
        buyer.fill_basket()
        answers = Counter(buyer.order(k)[0] for k in sends[number::CLIENTS])
        buyer.leave()
        return answers

    total: Counter[int] = Counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for answers in pool.map(customer, range(CLIENTS)):
            total += answers
    return total


@pytest.mark.parametrize("engine", ENGINES)
def test_c06_each_page_makes_one_order_however_often_it_is_sent(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database(engine), portions=1000)
    with served(house) as port:
        assert send(port, house, keys=KEYS) == {303: KEYS * SENDS}
        assert house.orders() == house.sold() == KEYS
        # The same key with another content is no repeat.
        buyer = Customer(port, house)
        buyer.fill_basket()
        renamed, _ = buyer.order(key(0), first_name="Nadia")
        buyer.fill_basket(quantity=2)  # beside the one that is in it
        enlarged, _ = buyer.order(key(0))
        buyer.leave()
    assert (renamed, enlarged) == (422, 422)
    assert house.orders() == KEYS
    assert house.wrong_counters() == []


def test_c06_the_control_without_keys_makes_an_order_of_each_send(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database("sqlite"), portions=1000)
    with served(house, app="tests.load.keyless:app") as port:
        send(port, house, keys=5)
    assert house.orders() == 5 * SENDS
