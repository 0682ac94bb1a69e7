"""Exercises: each begins on the made-up lunch, ends when it is done, and can be repeated."""

from __future__ import annotations

import re
from datetime import timedelta
from secrets import token_hex

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.practice import network_cut
from locomotive.practice.exercise import EXERCISES
from tests.printers.test_prints import states

DONE = "Well done!"


def begin(screen: FlaskClient, key: str) -> None:
    answer = screen.post("/kitchen/practice/", data={"exercise": key})
    assert answer.status_code == 303


def page(screen: FlaskClient, name: str) -> str:
    return screen.get(f"/kitchen/practice/{name}").text


def step(screen: FlaskClient, number: int, seen: str, to: str) -> None:
    data = {"seen": seen, "to": to}
    answer = screen.post(f"/kitchen/practice/orders/{number}/step?page=pack", data=data)
    assert answer.status_code == 303


def see(screen: FlaskClient, screen_name: str) -> None:
    """Press the first "Seen" of a screen."""
    found = re.search(r'action="([^"]*/seen[^"]*)"', page(screen, screen_name))
    assert found
    assert screen.post(found[1].replace("&amp;", "&")).status_code == 303


def cook(screen: FlaskClient, times: int) -> None:
    for _ in range(times):
        form = re.search(r'action="([^"]*)"(?:(?!</form>).)*id="one-', page(screen, "cook"), re.S)
        assert form
        assert screen.post(form[1].replace("&amp;", "&")).status_code == 303


def close(screen: FlaskClient, *numbers: int) -> None:
    for number in numbers:
        step(screen, number, "placed", "ready")


def try_to_close(screen: FlaskClient) -> int:
    data = {"seen": "placed", "to": "ready"}
    return screen.post("/kitchen/practice/orders/1/step?page=pack", data=data).status_code


def wait_for_the_network(screen: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert try_to_close(screen) == 503
    later(monkeypatch, network_cut.LASTS)
    close(screen, 1)


def later(monkeypatch: pytest.MonkeyPatch, span: timedelta) -> None:
    then = clock.now() + span
    monkeypatch.setattr(clock, "now", lambda: then)


def print_label(screen: FlaskClient, number: int | None) -> None:
    where = f"/kitchen/practice/{clock.today()}"
    printer = re.search(r'name="printer" value="(\d+)"', screen.get(f"{where}/papers").text)
    assert printer
    data = {"printer": printer[1], "key": token_hex(16)}
    more = {"number": str(number)} if number else {}
    answer = screen.post(f"{where}/print", data={**data, **more})
    assert answer.headers["Location"] == f"{where}/papers"


def do(screen: FlaskClient, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do an exercise as a newcomer does it."""
    if key == "next":
        close(screen, 2)
    elif key == "some":
        cook(screen, 3)
    elif key == "exception":
        step(screen, 5, "placed", "bagged")
        step(screen, 5, "bagged", "ready")
    elif key == "undo":
        close(screen, 1)
        step(screen, 1, "ready", "placed")
    elif key == "cancellation":
        see(screen, "cook")
    elif key == "changed":
        found = re.search(r'action="([^"]*/seen[^"]*change=[^"]*)"', page(screen, "pack"))
        assert found
        screen.post(found[1].replace("&amp;", "&"))
    elif key == "give":
        step(screen, 11, "ready", "handed over")
    elif key == "offline":
        wait_for_the_network(screen, monkeypatch)
    elif key == "print":
        print_label(screen, 3)
    else:
        close(screen, 1, 2, 3, 4, 7, 8, 9)
        step(screen, 5, "placed", "bagged")
        step(screen, 5, "bagged", "ready")


@pytest.mark.parametrize("key", [exercise.key for exercise in EXERCISES])
def test_an_exercise_ends_when_it_is_done_and_can_be_repeated(
    screen: FlaskClient, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        begin(screen, key)
        assert DONE not in page(screen, "pack")
        do(screen, key, monkeypatch)
        assert DONE in page(screen, "pack")


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("next", "give"),
        ("exception", "undo"),
        ("cancellation", "some"),
        ("some", "next"),
        ("print", "next"),
    ],
)
def test_the_control_something_else_does_not_end_it(
    screen: FlaskClient, key: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(screen, key)
    do(screen, wrong, monkeypatch)
    assert DONE not in page(screen, "pack")


def test_a_bag_that_was_given_to_the_wrong_person_is_taken_back(screen: FlaskClient) -> None:
    begin(screen, "give")
    step(screen, 10, "ready", "handed over")
    step(screen, 11, "ready", "handed over")
    assert DONE not in page(screen, "hand-over")
    step(screen, 10, "handed over", "ready")
    assert DONE in page(screen, "hand-over")


def test_without_network_nothing_arrives_until_a_press_has_waited(
    screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(screen, "offline")
    later(monkeypatch, timedelta(hours=9))  # left open overnight
    news = "/kitchen/practice/pack/board"
    assert screen.get(news).status_code == 503
    assert screen.get("/kitchen/practice/pack").status_code == 200
    assert try_to_close(screen) == 503
    later(monkeypatch, network_cut.LASTS - timedelta(seconds=1))
    assert try_to_close(screen) == 503
    later(monkeypatch, timedelta(seconds=1))
    assert screen.get(news).status_code == 200
    begin(screen, "next")
    assert screen.get(news).status_code == 200


def test_the_kitchen_beside_it_keeps_its_network(screen: FlaskClient) -> None:
    begin(screen, "offline")
    assert screen.get("/kitchen/pack/board").status_code == 200


def test_only_the_label_that_is_asked_for_ends_the_print_and_no_machine_prints(
    screen: FlaskClient,
) -> None:
    begin(screen, "print")
    for number in (4, None):
        print_label(screen, number)
        assert DONE not in page(screen, "pack")
    print_label(screen, 3)
    assert DONE in screen.get(f"/kitchen/practice/{clock.today()}/papers").text
    assert states() == {}


def test_all_exercises_stand_on_the_practice_page(screen: FlaskClient) -> None:
    text = screen.get("/kitchen/practice/").text
    for exercise in EXERCISES:
        assert f'value="{exercise.key}"' in text
