"""What the manager's first page says of the farm, and the figures."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.batches.leftover import Leftover
from locomotive.batches.swap import swap_ingredient
from locomotive.buying.note import NoteLine, send_note
from locomotive.buying.purchase import Terms, order_packs
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.recipe import Swap
from locomotive.ordering.content_change import ContentNotice
from locomotive.web.chart import Bar, bars
from tests.farm_day import FARM, GROCER, dish, kg, lot, pack, produce, recipe, supplier
from tests.office_day import error_at
from tests.service_day import DATE, Day


def test_goods_at_the_door_are_announced(day: Day, office: FlaskClient) -> None:
    sold, who = pack("leeks"), supplier()
    with write_tx() as session:
        line = NoteLine(produce_id=sold.produce_id, unit="kg", pack_amount=1000, packs=kg(5))
        send_note(session, who, [line], number="BL-1", now=day.at(7))
    assert f"{FARM} has announced a delivery." in office.get("/office/").text


def test_a_swap_stays_a_concern_until_everyone_is_told(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(9))
    recipe("soup", leeks=0.2)
    produce("cream", allergens={"milk": "contains"})
    day.order(soup=1)
    ids = produce("leeks").id, produce("cream").id
    with write_tx() as session:
        made = Swap(day=DATE, dish_id=dish("soup").id, out_id=ids[0], in_id=ids[1])
        swap_ingredient(session, made, today=DATE, now=day.at(9))
    words = "What is in dishes has changed: 1 order line is not told yet."
    assert words in office.get("/office/").text
    notice = db.session.scalars(select(ContentNotice)).one()
    page = f"/kitchen/content/{notice.change_id}"
    assert "milk" in office.get(page).text
    assert office.post(f"{page}/{notice.order_line_id}/told").status_code == 303
    assert words not in office.get("/office/").text


def test_an_order_whose_mail_fails_is_a_concern(day: Day, office: FlaskClient) -> None:
    sold, who = pack("leeks"), supplier()
    with write_tx() as session:
        purchase = order_packs(session, who, {sold.id: 1}, Terms(DATE), now=day.at(7))
        purchase.mail_error = "refused"
    assert "order to a supplier does not go" in office.get("/office/").text


@pytest.fixture
def months(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    lot(day, "leeks", 30, cents=6000)
    lot(day, "cream", 10, by=GROCER, cents=5000)
    old = lot(day, "leeks", 5, cents=900)
    refused = lot(day, "leeks", 99, cents=900)
    with write_tx():
        old.received_on = DATE - timedelta(days=40)
        refused.refused_because = "rotten"


def test_kilos_euros_and_the_farms_share_stand_beside_the_picture(
    months: None, office: FlaskClient
) -> None:
    page = office.get("/office/figures").text
    assert "75%" in page
    assert page.count('<svg class="chart"') == 1
    content = office.get("/office/figures/purchases.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(content), delimiter=";"))[1:]
    assert sorted(rows) == sorted(
        [
            ["2026", "10", FARM, "yes", "5", "9"],
            ["2026", "11", FARM, "yes", "30", "60"],
            ["2026", "11", GROCER, "no", "10", "50"],
        ]
    )


def test_unsold_given_and_wasted_are_three_numbers_with_their_weights(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(15))
    recipe("soup", leeks=0.3)
    ids = [dish(name).id for name in ("carbonade", "salad", "soup")]
    zeros = {f"{n}-{i}": "0" for n in ("unsold", "given", "wasted") for i in ids}
    page = f"/kitchen/{DATE}/leftovers"
    too_much = zeros | {f"unsold-{ids[2]}": "3", f"given-{ids[2]}": "4", "given_to": "Les Restos"}
    assert "more than what was left: 3" in error_at(
        office.post(page, data=too_much), f"unsold-{ids[2]}"
    )
    sent = zeros | {f"unsold-{ids[2]}": "6", f"given-{ids[2]}": "4", f"wasted-{ids[2]}": "1"}
    assert "to whom you gave" in error_at(office.post(page, data=sent), "given_to")
    assert db.session.scalar(select(Leftover.unsold)) is None
    assert office.post(page, data=sent | {"given_to": "Les Restos"}).status_code == 303
    content = office.get("/office/figures/leftovers.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(content), delimiter=";"))
    assert rows[1] == ["2026", "11", "6", "4", "1", "1.2", "0.3"]


def test_a_chart_escapes_its_words_and_stays_on_its_paper() -> None:
    drawn = bars("<b>", [Bar("<script>", (("near", 3.0), ("far", 1.0)), "4 & more")])
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "4 &amp; more" in drawn


def test_a_charts_longest_label_has_its_room_or_says_that_it_goes_on() -> None:
    def starts(name: str) -> int:
        """Where the label, which ends beside its bar, begins at most: 9 for each letter."""
        drawn = bars("x", [Bar("Mairie", (("near", 3.0),), "3"), Bar(name, (("far", 1.0),), "1")])
        labels = re.findall(r'<text x="(\d+)"[^>]*text-anchor="end">([^<]*)<', drawn)
        return min(int(x) - 9 * len(label) for x, label in labels)

    assert starts("Cabinet médical (annexe)") >= 0
    assert starts("W" * 80) >= 0
    assert "…" in bars("x", [Bar("W" * 80, (("near", 3.0),), "3")])
    assert "…" not in bars("x", [Bar("Pépinière d’entreprises", (("near", 3.0),), "3")])
