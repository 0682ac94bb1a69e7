"""Temperatures and cleaning on the tablet: what is read stays, what is out of range is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.hygiene.reading import CorrectiveAct, open_alarms
from tests.hygiene.conftest import Kitchen, forget


@pytest.mark.parametrize(
    ("name", "typed", "tenths"),
    [
        ("Frigo 1", "4,5°", 45),
        ("Frigo 1", "3.5", 35),
        ("Frigo 1", " 0 ", 0),
        ("Congélateur", "−40", -400),
        ("Congélateur", "-18,5 °C", -185),
        ("Friteuse", "12 %", 120),
    ],
)
def test_what_people_type_is_read(kitchen: Kitchen, name: str, typed: str, tenths: int) -> None:
    assert kitchen.read(name, typed).status_code == 204
    assert [reading.tenths for reading in kitchen.readings()] == [tenths]


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("Frigo 1", "−40", "−40 °C is not possible for Frigo 1 (−15 to 40)"),
        ("Frigo 1", "45", "45 °C is not possible"),
        ("Friteuse", "-1", "not possible"),
        ("Frigo 1", "quatre", "Write a number"),
        ("Frigo 1", "", "Write a number"),
        ("Frigo 1", "4,55", "Write a number"),
    ],
)
def test_what_no_fridge_has_is_refused_in_words(
    kitchen: Kitchen, name: str, typed: str, words: str
) -> None:
    answer = kitchen.read(name, typed)
    # 409 settles the press in the tablet's queue: it is not sent for ever.
    assert answer.status_code == 409
    assert words in answer.text.replace("\u00a0", " ")
    assert kitchen.readings() == []
    page = kitchen.client.post(
        f"/kitchen/hygiene/points/{kitchen.points[name]}/reading", data={"value": typed}
    )
    assert page.status_code == 422
    assert words in page.text.replace("\u00a0", " ")


def test_what_is_out_of_range_waits_on_every_screen_until_somebody_says_what_was_done(
    kitchen: Kitchen,
) -> None:
    kitchen.read("Frigo 1", "9")
    (reading,) = kitchen.readings()
    assert reading.is_out
    assert reading.limit_tenths == 40
    for page in ("", "cleaning", "cooling", "reheating"):
        assert f'id="alarm-{reading.id}"' in kitchen.client.get(f"/kitchen/hygiene/{page}").text
    # A second reading, however good, does not close it.
    kitchen.read("Frigo 1", "3")
    assert len(open_alarms(db.session())) == 1
    assert kitchen.send(f"readings/{reading.id}/act?code=dancing").status_code == 409
    assert kitchen.send(f"readings/{reading.id}/act?code=other").status_code == 409
    assert len(open_alarms(db.session())) == 1
    assert kitchen.send(f"readings/{reading.id}/act?code=moved").status_code == 204
    assert open_alarms(db.session()) == []
    assert "alarm-" not in kitchen.client.get("/kitchen/hygiene/").text


def test_words_are_asked_for_where_no_picture_fits(kitchen: Kitchen) -> None:
    kitchen.read("Frigo 1", "9")
    (reading,) = kitchen.readings()
    address = f"/kitchen/hygiene/readings/{reading.id}/act"
    assert "Frigo 1" in kitchen.client.get(address).text
    refused = kitchen.client.post(address, data={"code": "other", "words": " "})
    assert refused.status_code == 422
    assert "Write in a few words" in refused.text
    kept = kitchen.client.post(address, data={"code": "other", "words": "Porte refermée"})
    assert kept.status_code == 303
    forget()
    (act,) = db.session.scalars(select(CorrectiveAct))
    assert (act.code, act.words) == ("other", "Porte refermée")


def test_a_mistyped_reading_stays_and_its_point_waits_again(kitchen: Kitchen) -> None:
    kitchen.read("Frigo 1", "3,5")
    assert 'class="point is-done" id="point-1"' in kitchen.client.get("/kitchen/hygiene/").text
    assert kitchen.send(f"points/{kitchen.points['Frigo 1']}/reading?undo=yes").status_code == 204
    (reading,) = kitchen.readings()
    assert (reading.tenths, reading.counts) == (35, False)
    assert 'class="point is-late" id="point-1"' in kitchen.client.get("/kitchen/hygiene/").text
    again = kitchen.send(f"points/{kitchen.points['Frigo 1']}/reading?undo=yes", key="k" * 20)
    assert again.status_code == 409
    kitchen.read("Frigo 1", "3,6")
    assert [reading.tenths for reading in kitchen.readings()] == [35, 36]


def test_a_press_that_arrives_twice_counts_once(kitchen: Kitchen) -> None:
    for _time in range(2):
        assert kitchen.read("Frigo 1", "3", key="a" * 32).status_code == 204
    assert len(kitchen.readings()) == 1
    kitchen.read("Frigo 1", "3", key="b" * 32)
    assert len(kitchen.readings()) == 2


@pytest.mark.parametrize("wrong_by", [timedelta(), timedelta(days=1), timedelta(days=-1)])
def test_the_servers_time_counts_however_wrong_the_tablets_clock(
    kitchen: Kitchen, wrong_by: timedelta
) -> None:
    pressed, sent = kitchen.now + wrong_by - timedelta(minutes=40), kitchen.now + wrong_by
    times = {"pressed_at": pressed.isoformat(), "sent_at": sent.isoformat()}
    kitchen.read("Frigo 1", "3", **times)
    (reading,) = kitchen.readings()
    assert reading.at == kitchen.now - timedelta(minutes=40)
    assert reading.received_at == kitchen.now
    assert reading.pressed_at == pressed
    assert reading.day == kitchen.day.date


@pytest.mark.parametrize("way", [timedelta(days=3), timedelta(days=-1)])
def test_a_way_that_no_press_takes_is_not_believed(kitchen: Kitchen, way: timedelta) -> None:
    times = {"pressed_at": kitchen.now.isoformat(), "sent_at": (kitchen.now + way).isoformat()}
    kitchen.read("Frigo 1", "3", **times)
    assert kitchen.readings()[0].at == kitchen.now


@pytest.mark.parametrize(("value", "is_out"), [
    ("0,4", False), ("-1", False), ("99,2", False), ("1,1", True), ("98,9", True), ("50", True),
])  # fmt: skip
def test_a_probe_is_right_in_ice_and_in_boiling_water(
    kitchen: Kitchen, value: str, is_out: bool
) -> None:
    kitchen.read("Sonde A", value)
    assert kitchen.readings()[0].is_out is is_out


@pytest.mark.parametrize(("name", "value", "is_out"), [
    ("Frigo 1", "4", False), ("Frigo 1", "4,1", True),
    ("Congélateur", "-18", False), ("Congélateur", "-17,9", True),
    ("Bain-marie", "63", False), ("Bain-marie", "62,9", True),
    ("Friteuse", "25", False), ("Friteuse", "25,1", True),
])  # fmt: skip
def test_each_kind_has_its_own_limit(kitchen: Kitchen, name: str, value: str, is_out: bool) -> None:
    kitchen.read(name, value)
    assert kitchen.readings()[0].is_out is is_out


def test_a_cleaning_is_done_by_one_press(kitchen: Kitchen) -> None:
    assert kitchen.read("Plan de travail").status_code == 204
    (reading,) = kitchen.readings()
    assert (reading.tenths, reading.is_out) == (None, False)
    page = kitchen.client.get("/kitchen/hygiene/cleaning").text
    assert 'class="point surface is-done"' in page


def test_a_screen_that_knows_its_board_gets_no_second_one(kitchen: Kitchen) -> None:
    address = "/kitchen/hygiene/readings/board"
    first = kitchen.client.get(address)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert kitchen.client.get(address, headers=tag).status_code == 304
    kitchen.read("Frigo 1", "3")
    assert kitchen.client.get(address, headers=tag).status_code == 200
