"""Poster, feeds and the weekly mail tell the set menus of a day with what can be chosen."""

from __future__ import annotations

from xml.etree import ElementTree

from flask_babel import force_locale

from locomotive.choices.set_menu import SetMenu
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.feeds.reader import Reader, ReaderMail
from locomotive.worker.news.week import compose_reader_mail
from tests.choices.conftest import formula
from tests.choices.formula import SALAD, SET_MENU, SOUP, STEW, Formula
from tests.service_day import DATE
from tests.shop_day import words

__all__ = ["formula"]
COURSES = f"Plat: {STEW} or {SALAD} · Entrée: {SOUP}"
ATOM = "{http://www.w3.org/2005/Atom}"


def told(formula: Formula) -> dict[str, str]:
    """What each of the ways says, in words."""
    client = formula.shop.client
    entry = ElementTree.fromstring(client.get("/menu.xml").get_data()).find(f"{ATOM}entry")
    assert entry is not None
    return {
        "poster": words(client.get("/week")),
        "calendar": client.get("/menu.ics").text.replace("\r\n ", "").replace("\\,", ","),
        "feed": " ".join((entry.findtext(f"{ATOM}summary") or "").split()),
        "mail": weekly_mail(),
    }


def weekly_mail() -> str:
    now = clock.now()
    reader = Reader(email="a@b.org", email_key="a@b.org", key="k", token_hash="h" * 64)
    reader.language, reader.confirmed_at = "en", now
    mail = ReaderMail(reader=reader, kind="week", day=DATE, state="queued", tries=0, made_at=now)
    with force_locale("en"):
        return str(compose_reader_mail(mail).get_content())


def test_each_way_tells_the_set_menu_with_its_courses(formula: Formula) -> None:
    for way, said in told(formula).items():
        assert SET_MENU in said, way
        assert COURSES in said, way
        if way != "calendar":
            assert "€14.90" in said, way


def test_other_programs_read_a_set_menu_and_options(formula: Formula) -> None:
    told = formula.shop.client.get(f"/menu/{DATE}.json").get_json()
    assert told["set_menus"] == [
        {
            "name": SET_MENU,
            "price_cents": 1490,
            "sold_out": False,
            "courses": [
                {"name": "Plat", "dishes": [STEW, SALAD]},
                {"name": "Entrée", "dishes": [SOUP]},
            ],
        }
    ]
    stew = next(dish for dish in told["dishes"] if dish["name"] == STEW)
    assert [(one["kind"], one["price_cents"]) for one in stew["options"]] == [
        ("size", 250), ("sauce", 0), ("without", -50),
    ]  # fmt: skip
    assert [one["contains"] for one in stew["options"]] == [[], ["mustard"], []]
    formula.shop.set_left(0, SOUP)
    told = formula.shop.client.get(f"/menu/{DATE}.json").get_json()
    assert told["set_menus"][0]["sold_out"] is True


def test_an_ended_set_menu_is_told_nowhere(formula: Formula) -> None:
    with write_tx() as session:
        session.get_one(SetMenu, formula.id).is_ended = True
    db.session.rollback()
    assert [way for way, said in told(formula).items() if SET_MENU in said] == []
