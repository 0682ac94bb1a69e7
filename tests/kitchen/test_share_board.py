"""Screens that show the same board share one drawing; none goes back, none misses its press."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from locomotive.kitchen import views
from locomotive.kitchen.board_cache import KEPT, MAX_AGE, BoardCache, CachedBoard, ReadingCache
from locomotive.ordering.order import Order
from locomotive.service.service import Service
from tests.service_day import Day


class Kitchen:
    """The boards of one process, a clock that stands still, and what was drawn."""

    def __init__(self) -> None:
        self.boards, self.clock, self.drawn = BoardCache(), 0.0, 0

    def ask(self, version: int, shown: int | None = None, key: str = "cook") -> int:
        """The version of the board that a poll gets."""

        def draw() -> str:
            self.drawn += 1
            return f"board {version}"

        found = self.boards.board(
            key,
            etag=f"1.{version}",
            version=version,
            shown=shown,
            draw=draw,
            now=lambda: self.clock,
        )
        assert found.html == f"board {found.version}"
        return found.version


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def test_thirty_screens_of_one_version_are_drawn_once(kitchen: Kitchen) -> None:
    assert [kitchen.ask(7, shown=6) for _ in range(30)] == [7] * 30
    assert kitchen.drawn == 1


def test_a_cached_board_is_sent_for_newer_ones_for_half_a_second(kitchen: Kitchen) -> None:
    kitchen.ask(7, shown=6)
    kitchen.clock = MAX_AGE * 0.9
    assert kitchen.ask(9, shown=5) == 7
    kitchen.clock = MAX_AGE
    assert kitchen.ask(9, shown=5) == 9
    assert kitchen.drawn == 2


def test_a_screen_never_goes_back(kitchen: Kitchen) -> None:
    kitchen.ask(7, shown=6)
    assert kitchen.ask(9, shown=8) == 9
    assert kitchen.ask(8, shown=7) == 9


def test_a_screen_that_shows_nothing_gets_the_board_as_it_is(kitchen: Kitchen) -> None:
    kitchen.ask(7, shown=6)
    assert kitchen.ask(8, shown=None) == 8
    # What no version counts, such as a new photo, is on a page that is loaded again later.
    kitchen.clock = MAX_AGE
    kitchen.ask(8, shown=None)
    assert kitchen.drawn == 3


def test_boards_do_not_pile_up(kitchen: Kitchen) -> None:
    for number in range(KEPT + 1):
        kitchen.ask(1, shown=0, key=f"cook {number}")
    kitchen.ask(1, shown=0, key=f"cook {KEPT}")
    assert kitchen.drawn == KEPT + 1
    kitchen.ask(1, shown=0, key="cook 0")
    assert kitchen.drawn == KEPT + 2


def test_who_asks_while_a_board_is_drawn_waits_for_that_drawing() -> None:
    boards, draws, begun, goes_on = BoardCache(), [], threading.Event(), threading.Event()

    def draw() -> str:
        draws.append(1)
        begun.set()
        assert goes_on.wait(10)
        return "board"

    def ask() -> CachedBoard:
        return boards.board("cook", etag="1.1", version=1, shown=0, draw=draw, now=lambda: 0.0)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    goes_on.set()
    for thread in threads:
        thread.join(10)
    assert draws == [1]


def test_a_failed_drawing_is_drawn_again(kitchen: Kitchen) -> None:
    def fail() -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        kitchen.boards.board("cook", etag="1.1", version=1, shown=0, draw=fail, now=lambda: 0.0)
    assert kitchen.ask(1, shown=0) == 1


def test_the_polls_of_several_screens_read_the_orders_once(
    day: Day, screen: FlaskClient, queries: Callable[[Callable[[], object]], list[str]]
) -> None:
    before = screen.get("/kitchen/cook/board").headers["ETag"]
    day.order()
    held = {"If-None-Match": before}
    screens = [day.signed_in("kitchen") for _ in range(3)]
    sent = [queries(lambda s=s: s.get("/kitchen/cook/board", headers=held)) for s in screens]
    read = [any("FROM order_line" in sql for sql in of_one) for of_one in sent]
    # The first board is younger than MAX_AGE and may be sent; either way nobody reads them twice.
    assert sum(read) <= 1


def test_a_shared_board_carries_the_form_token_of_each_screen(
    day: Day, screen: FlaskClient
) -> None:
    day.order()
    day.app.config["WTF_CSRF_ENABLED"] = True
    other = day.signed_in("kitchen")

    def token(client: FlaskClient) -> str:
        page = client.get("/kitchen/cook/board").text
        return page.partition('name="csrf_token" value="')[2].partition('"')[0]

    assert len({token(screen), token(other)}) == 2
    sent = {"seen": "placed", "to": "ready", "csrf_token": token(screen)}
    assert other.post("/kitchen/orders/1/step", data=sent).status_code == 400
    sent["csrf_token"] = token(other)
    assert other.post("/kitchen/orders/1/step", data=sent).status_code == 303


def test_a_press_is_on_the_board_that_its_screen_asks_for(day: Day, screen: FlaskClient) -> None:
    day.order(), day.order()
    other = day.signed_in("kitchen")
    held = {"If-None-Match": other.get("/kitchen/pack/board").headers["ETag"]}
    before = screen.get("/kitchen/pack/board").text
    screen.post("/kitchen/orders/1/step", data={"seen": "placed", "to": "ready"})
    reopen = "/kitchen/orders/1/step?seen=ready&amp;to=placed"
    assert 'id="back-1"' not in before
    assert reopen in screen.get("/kitchen/pack/board").text
    assert reopen in other.get("/kitchen/pack/board", headers=held).text


def test_what_a_version_is_drawn_from_is_read_once_for_all_its_boards() -> None:
    readings, reads = ReadingCache[int](), iter(range(99))

    def read(lunch: int, version: int, *, anew: bool = False) -> int:
        return readings.reading(lunch, version, lambda: next(reads), anew=anew)

    assert [read(1, 7) for _page in range(4)] == [0] * 4
    assert [read(2, 7), read(1, 7), read(1, 8), read(1, 8)] == [1, 0, 2, 2]
    # What no version counts is read by a page that shows nothing yet, and then by all.
    assert [read(1, 8, anew=True), read(1, 8)] == [3, 3]
    # Lunches do not pile up.
    for lunch in range(10, 10 + KEPT):
        read(lunch, 1)
    assert read(1, 8) == 4 + KEPT


def test_a_press_reads_the_orders_once_for_four_boards(
    day: Day, screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = views.shown_orders

    def counted(session: Session, service: Service) -> list[Order]:
        read.append(service.version)
        return real(session, service)

    monkeypatch.setattr(views, "shown_orders", counted)
    order = day.order()
    urls = [f"/kitchen/{page}board" for page in ("", "cook/", "pack/", "hand_over/")]
    tags = [screen.get(url).headers["ETag"] for url in urls]
    read.clear()
    screen.post(f"/kitchen/orders/{order.id}/step", data={"seen": "placed", "to": "ready"})
    monkeypatch.setattr(views.time, "monotonic", lambda: float("inf"))
    boards = [
        screen.get(url, headers={"If-None-Match": tag}) for url, tag in zip(urls, tags, strict=True)
    ]
    assert [board.status_code for board in boards] == [200] * 4
    assert len(read) == 1
