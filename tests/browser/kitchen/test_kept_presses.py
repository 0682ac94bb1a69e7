"""What is pressed is kept until it is answered: bad networks, browsers that keep nothing, fingers
that are too fast, screens that are old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from locomotive.promise.tentative_plan import decide_plan
from locomotive.rounds.act import round_token
from locomotive.rounds.release import release, take_back
from locomotive.rounds.round import Round
from tests.browser.conftest import answering
from tests.browser.kitchen.page_time import QUIET_FETCH, live, pass_time
from tests.browser.test_one_lunch import TABLET
from tests.service_day import SECRET, Day, leave, new_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.full]
HERE = Path(__file__).parent
NETWORK = HERE / "network.js"
BAGS = 9
# What a browser of 2021 does not have yet.
OLD = """
delete AbortSignal.timeout;
delete Crypto.prototype.randomUUID;
delete SubmitEvent.prototype.submitter;
delete Array.prototype.at;
"""
DENIED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});"""


@dataclass
class Kitchen:
    """A lunch of nine bags, served to tablets of the kitchen."""

    day: Day
    url: str
    chromium: Browser

    @contextmanager
    def screen(self, page: str = "pack", *scripts: str, **options: object) -> Iterator[Page]:
        """A tablet whose time stands still unless it is moved."""
        context = self.chromium.new_context(viewport=TABLET, locale="en-GB", **options)  # type: ignore[arg-type]
        for cookie in self.day.signed_in("kitchen")._cookies.values():
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])
        tablet = context.new_page()
        tablet.clock.install()
        for script in (QUIET_FETCH, *scripts):
            tablet.add_init_script(script)
        tablet.goto(f"{self.url}/kitchen/{page}")
        # Letters that arrive late move what stands below them: what moved takes no press at once.
        tablet.evaluate("document.fonts.ready.then(() => true)")
        live(tablet, 1)
        yield tablet
        context.close()

    def statuses(self) -> list[str]:
        db.session.rollback()
        return sorted(db.session.scalars(select(Order.status)))


@pytest.fixture
def kitchen(chromium: Browser, tmp_path: Path) -> Iterator[Kitchen]:
    day = new_day(tmp_path)
    with pytest.MonkeyPatch.context() as patch, day.app.app_context():
        patch.setattr(clock, "now", lambda: day.at(10))
        for name in range(BAGS):
            day.order(f"Nadia {name}")
        db.session.remove()
        with answering(day.app) as url:
            yield Kitchen(day, url, chromium)
        leave(day.app)


def kept(tablet: Page) -> Locator:
    return tablet.locator("#waiting:not([hidden]) [data-count]")


def answer_presses(tablet: Page, **answer: object) -> None:
    """Something answers every press before it reaches us."""

    def fulfil(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(**answer)  # type: ignore[arg-type]
        else:
            route.continue_()

    tablet.route("**/kitchen/**", fulfil)


BAD = {
    "a bad gateway": {"status": 502, "body": "<h1>502 Bad Gateway</h1>"},
    "a captive portal": {"status": 200, "body": "<h1>Welcome to our Wi-Fi</h1>"},
    "our own server, busy": {"status": 503, "body": "busy", "headers": {"X-Locomotive": "1"}},
    "our door: sign in first": {"status": 403, "body": "no", "headers": {"X-Locomotive": "1"}},
}


@pytest.mark.parametrize("what", BAD)
def test_f12b_a_press_is_kept_until_our_server_has_answered_it(kitchen: Kitchen, what: str) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        answer_presses(tablet, **BAD[what])
        for bag in range(2):
            tablet.locator("#board .btn-done").nth(bag).click()
        live(tablet, 5)
        expect(kept(tablet)).to_have_text("2")
        live(tablet, 30)
        expect(kept(tablet)).to_have_text("2")
        assert set(kitchen.statuses()) == {"placed"}
        tablet.unroute_all()
        live(tablet, 61)
        expect(tablet.locator("#waiting")).to_be_hidden()
        assert kitchen.statuses().count("ready") == 2


def test_a_portal_that_answers_everything_makes_the_screen_old_and_never_replaces_it(
    kitchen: Kitchen,
) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        tickets = tablet.locator("#board .btn-done").count()
        portal = {"status": 200, "body": "<h1>Welcome</h1>", "content_type": "text/html"}
        tablet.route("**/*", lambda route: route.fulfill(**portal))  # type: ignore[arg-type]
        live(tablet, 15)
        expect(tablet.locator("body.is-stale")).to_be_visible()
        assert tablet.locator("#board .btn-done").count() == tickets == BAGS
        tablet.unroute_all()
        live(tablet, 9)
        expect(tablet.locator("body:not(.is-stale)")).to_be_visible()


def test_what_the_board_refused_is_said_and_it_shows_what_is_now(kitchen: Kitchen) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        button = tablet.locator("#board .btn-done").first
        number = (button.get_attribute("id") or "").removeprefix("act-")
        tablet.context.set_offline(True)
        button.click()
        other = kitchen.day.signed_in("kitchen")
        step = f"/kitchen/orders/{number}/step"
        assert other.post(step, data={"seen": "placed", "to": "ready"}).status_code == 303
        tablet.context.set_offline(False)
        live(tablet, 70)
        expect(tablet.locator("#waiting")).to_be_hidden()
        expect(tablet.locator(f"#back-{number}")).to_be_attached()
        assert kitchen.statuses().count("ready") == 1


def test_a_copy_of_a_press_that_arrives_late_changes_nothing(kitchen: Kitchen) -> None:
    screen = kitchen.day.signed_in("kitchen")
    order = kitchen.day.order("Late")
    step = f"/kitchen/orders/{order.id}/step"
    first = {"seen": "placed", "to": "ready", "key": "first"}
    fetched = {"X-Requested-With": "fetch"}
    assert screen.post(step, data=first, headers=fetched).status_code == 204
    undo = {"seen": "ready", "to": "placed", "key": "second"}
    assert screen.post(step, data=undo, headers=fetched).status_code == 204
    assert screen.post(step, data=first, headers=fetched).status_code == 204
    assert kitchen.day.status(order) == "placed"
    # The control: the same press under another key is another press.
    assert screen.post(step, data=first | {"key": "third"}, headers=fetched).status_code == 204
    assert kitchen.day.status(order) == "ready"
    # What was refused stays refused, whatever happens in between.
    late = {"seen": "placed", "to": "ready", "key": "refused"}
    assert screen.post(step, data=late, headers=fetched).status_code == 409
    screen.post(step, data=undo | {"key": "fourth"}, headers=fetched)
    assert screen.post(step, data=late, headers=fetched).status_code == 204
    assert kitchen.day.status(order) == "placed"


def test_without_storage_the_board_polls_on_and_a_press_waits_in_the_page(
    kitchen: Kitchen,
) -> None:
    with kitchen.screen("pack", DENIED, service_workers="block") as tablet:
        polls: list[str] = []
        tablet.on("request", lambda r: polls.append(r.url) if "/board" in r.url else None)
        for _ in range(4):
            live(tablet, 3)
            expect(tablet.locator("#freshness [data-text]")).to_have_text("0\xa0s")
        assert len(polls) >= 3
        tablet.context.set_offline(True)
        tablet.locator("#board .btn-done").first.click()
        live(tablet, 12)
        expect(kept(tablet)).to_have_text("1")
        expect(tablet.locator("#waiting")).to_contain_text("leave this page open")
        expect(tablet.locator("#freshness [data-text]")).not_to_have_text("0\xa0s")
        tablet.context.set_offline(False)
        live(tablet, 70)
        expect(tablet.locator("#waiting")).to_be_hidden()
        assert kitchen.statuses().count("ready") == 1


@pytest.mark.parametrize("days", [-1, 1])
def test_a_tablet_whose_clock_jumps_by_a_day_is_right_after_one_answer(
    kitchen: Kitchen, days: int
) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        tablet.clock.set_system_time(kitchen.day.at(10) + timedelta(days=days))
        live(tablet, 6)
        expect(tablet.locator("[data-clock]")).to_have_text("10:00")
        expect(tablet.locator("body:not(.is-stale)")).to_be_visible()
        tablet.context.set_offline(True)
        tablet.locator("#board .btn-done").first.click()
        live(tablet, 12)
        expect(tablet.locator("body.is-stale")).to_be_visible()
        expect(kept(tablet)).to_have_text("1")
        tablet.context.set_offline(False)
        live(tablet, 70)
        expect(tablet.locator("#waiting")).to_be_hidden()
        assert kitchen.statuses().count("ready") == 1


def test_a_clock_that_is_set_back_lets_no_press_wait_for_it(kitchen: Kitchen) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        ready = tablet.locator("#board .btn-done")
        tablet.evaluate("document.querySelector('#main').style.paddingTop = '40px'")  # all moved
        live(tablet, 2)
        ready.first.click()
        live(tablet, 4)
        tablet.clock.set_system_time(kitchen.day.at(10) - timedelta(days=1))
        live(tablet, 4)
        ready.last.click()
        live(tablet, 8)
        assert kitchen.statuses().count("ready") == 2
        expect(tablet.locator("[data-act*=ready], .btn-done")).to_have_count(7)


def test_a_browser_of_2021_gives_up_a_hanging_answer_and_asks_again(kitchen: Kitchen) -> None:
    with kitchen.screen("pack", OLD, service_workers="block") as tablet:
        assert tablet.evaluate("[AbortSignal.timeout, crypto.randomUUID].every((one) => !one)")
        hanging: list[Route] = []
        tablet.route("**/board*", lambda route: hanging.append(route))
        pass_time(tablet, 12)
        expect(tablet.locator("body.is-stale")).to_be_visible()
        pass_time(tablet, 30)
        assert len(hanging) >= 3
        tablet.unroute_all()
        live(tablet, 12)
        expect(tablet.locator("body:not(.is-stale)")).to_be_visible()
        tablet.locator("#board .btn-done").first.click()
        live(tablet, 2)
        expect(tablet.locator("#board .btn-back")).to_have_count(1)


def test_an_old_screen_says_so_wherever_one_has_scrolled(kitchen: Kitchen) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        tablet.set_viewport_size({"width": 1024, "height": 600})
        frame = "getComputedStyle(document.body, '::after')"
        assert tablet.evaluate(f"{frame}.content") == "none"
        tablet.context.set_offline(True)
        live(tablet, 45)
        expect(tablet.locator("body.is-stale")).to_be_visible()
        for at in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
            tablet.evaluate(f"scrollTo(0, {at})")
            assert tablet.evaluate(f"{frame}.position") == "fixed"
            assert float(tablet.evaluate(f"parseFloat({frame}.borderTopWidth)")) >= 8
            sign = tablet.locator(".stale")
            box = sign.bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 600
            assert "No news" in sign.inner_text()
            assert sign.locator("svg").is_visible()


def test_a_screen_that_is_loaded_again_without_network_shows_its_last_state_and_its_age(
    kitchen: Kitchen,
) -> None:
    with kitchen.screen() as tablet:
        until_kept(tablet)
        tickets = tablet.locator("#board .btn-done").count()
        tablet.context.set_offline(True)
        tablet.locator("#board .btn-done").first.click()
        live(tablet, 300)
        tablet.reload()
        assert tablet.locator("#board .btn-done").count() == tickets == BAGS
        live(tablet, 1)
        expect(tablet.locator("body.is-stale")).to_be_visible()
        expect(tablet.locator(".stale")).to_contain_text("5\xa0min")
        expect(kept(tablet)).to_have_text("1")
        tablet.context.set_offline(False)
        live(tablet, 70)
        expect(tablet.locator("body:not(.is-stale)")).to_be_visible()
        expect(tablet.locator("#waiting")).to_be_hidden()
        assert kitchen.statuses().count("ready") == 1


def test_what_is_open_is_seen_without_a_network_with_its_age(kitchen: Kitchen) -> None:
    label = {"kind": "cooked", "what": "Carbonade"}
    kitchen.day.signed_in("kitchen").post("/kitchen/use-by/new", data=label)
    with kitchen.screen("use-by/") as tablet:
        until_kept(tablet)
        assert tablet.locator("body.is-stale").count() == 0
        tablet.context.set_offline(True)
        tablet.clock.run_for(90 * 60_000)
        tablet.reload()
        expect(tablet.locator("body.is-stale [data-kept-at]")).to_contain_text("1\xa0h\xa030")
        expect(tablet.locator(".foods")).to_contain_text("Carbonade")
        tablet.context.set_offline(False)
        pass_time(tablet, 11)
        expect(tablet.locator("body:not(.is-stale) .foods")).to_be_visible()


def until_kept(page: Page) -> None:
    """Until the worker has kept the page."""
    name = "`kept ${(await navigator.serviceWorker.ready).scope}`"
    page.evaluate(
        "async () => { while (!await (await caches.open("
        f"{name})).match(location.href)) await caches.keys(); }}"
    )


def test_whatever_the_network_does_the_server_ends_where_the_person_did(kitchen: Kitchen) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        tablet.goto(f"{kitchen.url}/static/icon.svg")
        tablet.goto(f"{kitchen.url}/kitchen/practice/")
        tablet.evaluate(NETWORK.read_text())
        assert tablet.evaluate("playAll(0, 250, {})") == []
        # The controls: as presses were sent before, they are lost, doubled or turned round.
        assert tablet.evaluate("playAll(0, 40, { keys: false })")
        for rule in ("any answer settles", "the last goes first"):
            assert tablet.evaluate(f"playAll(0, 40, {{ rule: '{rule}' }})"), rule


@dataclass
class Rider:
    """A released round of two stops and the link of its sheet."""

    day: Day
    url: str

    @property
    def link(self) -> str:
        return f"{self.url}/r/{round_token(SECRET, self.day.rounds()[0])}"

    def replace_sheet(self) -> None:
        """The round is taken back, planned anew with other numbers, and released again."""
        [before] = self.day.rounds()
        with write_tx() as session:
            take_back(session, session.get_one(Round, before.id))
            decide_plan(session, before.service_id, plan=None, decided=[])
        self.day.lay(["library", "school"])
        self.release()

    def release(self) -> None:
        [planned] = self.day.rounds()
        with write_tx() as session:
            round_ = session.get_one(Round, planned.id)
            release(session, round_, seen=round_.stamp, now=self.day.at(10))

    def statuses(self) -> dict[str, str]:
        return {s.place_name: s.orders[0].status for s in self.day.rounds()[0].stops}


@pytest.fixture
def rider(tmp_path: Path) -> Iterator[Rider]:
    day = new_day(tmp_path)
    with pytest.MonkeyPatch.context() as patch, day.app.app_context():
        patch.setattr(clock, "now", lambda: day.at(12, 30))
        for name, place in (("Nadia", "school"), ("Bruno", "library")):
            day.order(name, to=place)
        day.lay(["school", "library"])
        with answering(day.app) as url:
            rider = Rider(day, url)
            rider.release()
            yield rider
        leave(day.app)


@contextmanager
def phone(chromium: Browser, rider: Rider, *scripts: str) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 360, "height": 800},
        locale="en-GB",
        reduced_motion="reduce",
        service_workers="block",
    )
    page = context.new_page()
    page.clock.install()
    for script in (QUIET_FETCH, *scripts):
        page.add_init_script(script)
    page.goto(rider.link)
    # What a font moves has just moved: nobody presses that early.
    page.evaluate("document.fonts.ready.then(() => true)")
    page.clock.run_for(1000)
    yield page
    context.close()


@pytest.mark.parametrize("script", ["", OLD, DENIED], ids=["today's", "of 2021", "no storage"])
def test_delivered_absent_delivered_without_network_ends_at_delivered(
    chromium: Browser, rider: Rider, script: str
) -> None:
    with phone(chromium, rider, script) as page:
        page.context.set_offline(True)
        stop = page.locator("[data-stop]").first
        for act in ("delivered", "absent", "delivered"):
            stop.locator(f"button[value={act}]").click()
            pass_time(page, 6)
        expect(page.locator("#waiting [data-count]")).to_have_text("3")
        expect(page.locator("body.is-stale .stale")).to_be_visible()
        page.context.set_offline(False)
        live(page, 62)
        expect(page.locator("#waiting")).to_be_hidden()
        assert rider.statuses() == {"École Pantigny": "handed over", "Médiathèque": "placed"}


def test_what_an_older_sheet_could_not_send_the_newer_one_does(
    chromium: Browser, rider: Rider
) -> None:
    with phone(chromium, rider) as page:
        page.context.set_offline(True)
        page.locator("[data-stop]").first.locator("button[value=absent]").click()
        page.clock.run_for(1000)
        rider.replace_sheet()
        page.context.set_offline(False)
        page.goto(rider.link)
        live(page, 5)
        expect(page.locator("#waiting")).to_be_hidden()
        assert rider.statuses() == {"École Pantigny": "not delivered", "Médiathèque": "placed"}
