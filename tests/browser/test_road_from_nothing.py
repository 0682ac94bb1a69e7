"""From an empty house to a late stop that its customer sees: streets and addresses fetched from a
mirror, an order at a typed address, a plan, paper, a round on the phone without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from locomotive.core.clock import clock, local
from locomotive.core.db import db
from locomotive.core.tasks import Task
from locomotive.dispatch.planning import last_planning
from locomotive.places.roads import network_of
from locomotive.worker.planning import plan_rounds
from locomotive.worker.queue import Jobs
from routing.streets import why_not
from tests.ban import ban_file
from tests.browser.conftest import PATIENCE, answering, as_manager
from tests.browser.test_rounds import until
from tests.mirror import Shelf, mirrored
from tests.real_town import EXTRACT, KITCHEN, ZONE_KM, address_rows
from tests.service_day import Browser as Client
from tests.service_day import Day, lay_lunch, leave, new_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.full,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.skipif(not EXTRACT.exists(), reason="the extract of Saint-Germain is not here"),
]
MINUTE = timedelta(minutes=1)


@dataclass
class House:
    """A served house, its hour, and what its pages asked of the worker."""

    day: Day
    url: str
    hour: datetime
    asked: list[Task]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house without streets or addresses, whose mirror has those of Saint-Germain."""
    rows = [row for row in address_rows() if abs(float(row["lat"]) - KITCHEN[0]) < 0.01]
    numbers = ban_file(tmp_path / "rows.csv", rows).read_bytes()
    where: dict[str, Any] = {"latitude": KITCHEN[0], "longitude": KITCHEN[1], "zone_km": ZONE_KM}
    with mirrored() as mirror:
        mirror.shelves = {
            "map.osm.pbf": Shelf(EXTRACT.read_bytes(), md5=""),
            "adresses-78.csv": Shelf(numbers),
        }
        app = new_app(
            tmp_path / "house",
            streets_url=f"{mirror.address}/map.osm.pbf",
            addresses_url=f"{mirror.address}/adresses-{{department}}.csv",
            departments=("78",),
            planner_seconds=2.0,
            **where,
        )
        app.test_client_class = Client
        with app.app_context(), answering(app) as url:
            lay_lunch()
            db.session.remove()
            found = House(Day(app), url, Day(app).at(9), [])
            monkeypatch.setattr(clock, "now", lambda: found.hour)
            monkeypatch.setattr(Jobs, "soon", lambda _jobs, *what: found.asked.append(what[0]))
            yield found
            leave(app)


def told(text: str) -> int:
    """The first time of a text, in minutes of the day."""
    found = re.search(r"(\d+)\s*h\s*(\d+)", text)
    assert found, text
    return 60 * int(found[1]) + int(found[2])


def press(stop: Locator, act: str) -> None:
    """Press an act until it is taken: one that came to its place a moment ago, as where letters
    are drawn anew in their own font, ignores a finger."""
    for _ in range(20):
        stop.locator(f"button[value={act}]").click()
        if stop.get_attribute("data-act") == act:
            return
        stop.page.wait_for_timeout(200)


def minute_of(moment: datetime) -> int:
    """A moment on the restaurant's clock, in minutes of the day."""
    return 60 * local(moment).hour + local(moment).minute


def test_from_nothing_to_a_late_stop_that_the_customer_sees(
    chromium: Browser, house: House
) -> None:
    day = house.day
    assert network_of(db.session()).is_estimated
    db.session.remove()
    done = day.app.test_cli_runner().invoke(args=["setup-town"])
    assert done.exit_code == 0, done.output
    db.session.rollback()
    assert not network_of(db.session()).is_estimated
    addresses = [row for row in address_rows() if row["numero"] == "3"]
    near = [row for row in addresses if abs(float(row["lat"]) - KITCHEN[0]) < 0.006]

    customer = chromium.new_context(locale="fr-FR").new_page()
    customer.goto(f"{house.url}/menu/{day.date}")
    customer.locator(".dish .step").first.click()
    customer.locator("#basket-bar a.btn-main").wait_for(timeout=PATIENCE)
    customer.goto(f"{house.url}/order?day={day.date}")
    customer.locator("#kind-delivery").check()
    customer.locator("input[name=address]").fill(f"3 {near[0]['nom_voie']}")
    customer.keyboard.press("Escape")
    customer.locator("button[name=look]").click()
    customer.locator(".when-delivery .choice:not(.refused) input[name=slot]").first.check()
    customer.locator("input[name=first_name]").fill("Samira")
    customer.locator("input[name=phone]").fill("06 12 34 56 78")
    customer.locator("main form button.btn-main").click()
    customer.wait_for_url("**/o/*")
    assert "estimées" not in customer.locator("main").inner_text()

    house.hour = day.at(10, 45)
    desk = as_manager(chromium, day, house.url, viewport={"width": 1280, "height": 800}).new_page()
    desk.goto(f"{house.url}/delivery/{day.date}/")
    desk.locator("main form button.btn-main").first.click()
    db.session.rollback()
    planning = last_planning(db.session(), day.service)
    assert planning
    plan_rounds(planning.id)
    desk.goto(f"{house.url}/delivery/{day.date}/")
    desk.locator(".btn-done").first.click()
    version = re.search(r"version (\d+)", desk.locator("#round-1").inner_text())
    assert version
    paper = desk.context.new_page()
    paper.goto(f"{house.url}/delivery/{day.date}/rounds/1/sheet")
    assert f"Version {version[1]}." in paper.locator(".sheet-version").inner_text()
    assert "06 12 34 56 78" in paper.locator("main").inner_text()

    link = desk.locator("a[href*='/r/']").first.get_attribute("href")
    [round_] = day.rounds()
    context = chromium.new_context(
        viewport={"width": 360, "height": 640}, locale="fr-FR", has_touch=True
    )
    phone = context.new_page()
    phone.goto(f"{house.url}{link}")
    assert f"version {version[1]}" in phone.locator("main").inner_text()
    # The next stop, the first turn and the way there are seen without scrolling.
    for shown in (".following h2", ".following .turns", ".following [data-go]"):
        box = phone.locator(shown).first.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 640, shown
    small = phone.evaluate(
        "[...document.querySelectorAll('.following a, .following button')]"
        ".filter(one => one.getBoundingClientRect().height < 64).map(one => one.textContent)"
    )
    assert small == []

    # The tricycle has not left half an hour later: customer, dispatcher and rider are told the
    # same new time, and that it is late.
    customer.reload()
    planned = told(customer.locator("#arrival").inner_text())
    house.hour = round_.departs_at + 30 * MINUTE
    customer.reload()
    late = told(customer.locator("#arrival").inner_text())
    assert late > planned
    assert late > minute_of(round_.stops[0].window_ends_at)
    assert "en retard" in customer.locator("#arrival").inner_text()
    for page in (desk, phone):
        page.reload()
        said = re.sub(r"\sh\s", ":", page.locator("main").inner_text())
        assert f"{late // 60}:{late % 60:02d}" in said
        assert f"{late - minute_of(round_.stops[0].window_ends_at)} min" in said

    # Delivered without a network; it is sent once the network is back.
    kept = "caches.open(`kept ${location.origin}/r/`)"
    until(phone, f"async () => Boolean(await (await {kept}).match(location.href))")
    context.set_offline(True)
    press(phone.locator("[data-stop]").first, "delivered")
    assert phone.locator("#waiting b").inner_text() == "1"
    house.hour += 5 * MINUTE
    context.set_offline(False)
    phone.evaluate("dispatchEvent(new Event('online'))")
    phone.locator("#waiting").wait_for(state="hidden", timeout=PATIENCE)
    customer.reload()
    assert "attendu" not in customer.locator("#arrival").inner_text().lower()
    db.session.rollback()
    assert [order.status for stop in day.rounds()[0].stops for order in stop.orders] == [
        "handed over"
    ]
