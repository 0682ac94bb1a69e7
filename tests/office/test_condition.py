"""What the office says of its machine."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from locomotive.core.db import db, write_tx
from locomotive.core.mark import DEMONSTRATION, mark
from locomotive.office import condition
from locomotive.office.condition import Finding, find_clock
from tests.service_day import Day


def test_a_clock_behind_the_last_order_is_said(day: Day) -> None:
    order = day.order()
    assert find_clock(db.session(), now=order.placed_at).is_well
    behind = order.placed_at - timedelta(hours=1)
    found = find_clock(db.session(), now=behind)
    assert (found.is_well, found.values) == (False, {"minutes": 60})


def test_the_orders_of_a_demonstration_say_nothing_of_the_clock(day: Day) -> None:
    behind = day.order().placed_at - timedelta(hours=1)
    with write_tx() as session:
        mark(session, DEMONSTRATION, "the tests")
    assert find_clock(db.session(), now=behind).is_well


ROW = re.compile(
    r'<th scope="row">([^<]+)</th>\s*<td><span class="badge (\w+)[^>]*>.*?</td>\s*<td>([^<]+)<',
    re.S,
)


def told_by_page(day: Day) -> set[tuple[str, bool, str]]:
    """(what, whether it is well, sentence) of each row of the first page; the proxy apart, which
    only a request can see."""
    text = day.signed_in("manager").get("/office/").text
    rows = {
        (unescape(w), state == "leaf", unescape(s).strip()) for w, state, s in ROW.findall(text)
    }
    return {row for row in rows if row[0] != "Proxy"}


def told_by_doctor(day: Day) -> str:
    db.session.rollback()
    return str(day.app.test_cli_runner().invoke(args=["doctor", "--language", "en"]).output)


def disagreements(day: Day) -> list[str]:
    lines = [re.sub(" +", " ", line) for line in told_by_doctor(day).splitlines()]
    wanted = [f"{'ok' if well else '!!'} {what} {words}" for what, well, words in told_by_page(day)]
    return [line for line in wanted if line not in lines]


def test_the_first_page_and_the_doctor_agree(day: Day) -> None:
    assert len(told_by_page(day)) >= 9
    assert disagreements(day) == []


def test_the_control_a_finding_of_the_page_alone_is_a_disagreement(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    from locomotive.office import views

    found = condition.findings
    lost = Finding("Backups", "Nobody else knows.")
    monkeypatch.setattr(views, "findings", lambda *a, **k: [*found(*a, **k), lost])
    assert disagreements(day) == ["!! Backups Nobody else knows."]
