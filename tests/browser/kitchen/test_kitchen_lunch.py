"""A whole lunch at the wall: cooked, bagged, undone, cancelled, changed, offline, handed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from unicodedata import category

import pytest
from playwright.sync_api import expect
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from locomotive.core.actor import Actor
from locomotive.core.clock import clock, local
from locomotive.core.db import db, write_tx
from locomotive.core.status import LIVE
from locomotive.kitchen.press import press as press_once
from locomotive.kitchen.production import departures
from locomotive.menu.menu import Portion
from locomotive.ordering.cart import Basket, BasketLine
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order, OrderEvent
from locomotive.ordering.step import cancel, move_on
from locomotive.promise.change import Change, change_order
from locomotive.rounds.release import release, set_out
from locomotive.rounds.round import rounds_of
from locomotive.service.service import Service
from locomotive.web.language import KITCHEN_LANGUAGES
from tests.browser.conftest import PATIENCE, Lunch, answering
from tests.browser.kitchen.page_time import QUIET_FETCH, live, pass_time
from tests.browser.test_one_lunch import PHONE, TABLET, add_first_dish, come_in
from tests.service_day import leave, new_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
SIZES = (TABLET, {"width": 800, "height": 1280}, {"width": 1024, "height": 600})
PAGES = ("", "cook", "pack", "hand-over")


@contextmanager
def behind(lunch: Lunch) -> Iterator[Session]:
    """The served database, for what other people do at the same time."""
    app = new_app(lunch.folder, f"sqlite:///{lunch.folder / 'locomotive.db'}")
    with app.app_context():
        try:
            yield db.session()
        finally:
            leave(app)


def do(lunch: Lunch, act: Callable[[Session], Any]) -> Any:
    """One act of somebody else, in a transaction of its own."""
    with behind(lunch), write_tx() as session:
        return act(session)


def ask(lunch: Lunch, query: Any) -> Any:
    with behind(lunch) as session:
        return session.scalars(query).all()


def screen(chromium: Browser, lunch: Lunch, page: str, size: dict[str, int] = TABLET) -> Page:
    """A tablet that came in by the kitchen's link; its time is moved on by the tests."""
    tablet = come_in(chromium, lunch.links["kitchen"], size)
    tablet.clock.install()
    tablet.add_init_script(QUIET_FETCH)
    tablet.goto(f"{lunch.url}/kitchen/{page}?date={lunch.day}")
    return tablet


def press_all(tablet: Page, button: str, *, least: int = 0) -> int:
    """Press the first button of a kind until there is none."""
    presses = 0
    until = monotonic() + 5 * PATIENCE / 1000
    while True:
        found = tablet.locator(f"#board {button}")
        if not found.count():
            assert presses >= least
            return presses
        press(tablet, found.first)
        presses += 1
        assert monotonic() < until


def press(tablet: Page, button: Locator) -> None:
    """One touch, and the screen as it stands after it."""
    tablet.evaluate("document.querySelector('[data-news]').id = 'before'")
    # A control that has just come to its place ignores presses.
    pass_time(tablet, 0.8)
    button.click()
    until_drawn(tablet)


def until_drawn(tablet: Page) -> None:
    """The page's time moves on until the board is drawn anew."""
    until = monotonic() + PATIENCE / 1000
    while tablet.locator("#before").count():
        live(tablet, 1)
        assert monotonic() < until


def undo(tablet: Page) -> None:
    """Take the last touch back; on a busy machine the bar is gone before it can be touched."""
    tablet.evaluate("document.querySelector('[data-news]').id = 'before'")
    tablet.locator("#undo-bar button").dispatch_event("click")
    until_drawn(tablet)


def order_with_exception(chromium: Browser, lunch: Lunch) -> None:
    """Somebody orders on a phone a meal that must not contain nuts."""
    phone = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    phone.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(phone)
    phone.goto(f"{lunch.url}/order?day={lunch.day}")
    phone.locator("#kind-take-away").check()
    phone.locator(".when-take-away .choice:not(.refused) input[name=slot]").first.check()
    phone.locator("input[name=first_name]").fill("Samira")
    phone.locator("input[name=must_not_contain]").fill("noix")
    phone.locator("input[name=phone]").fill("06 12 34 56 78")
    phone.locator("main form button.btn-main").last.click()
    phone.wait_for_url("**/o/*")
    phone.context.close()


def change_one(session: Session) -> None:
    """A take-away customer takes one more of his first dish."""
    order = session.scalars(
        select(Order).where(Order.kind == "take-away", Order.status == "placed").limit(1)
    ).one()
    lines = [
        BasketLine(session.get_one(Portion, line.portion_id), line.quantity + (rank == 0))
        for rank, line in enumerate(order.lines)
    ]
    change = Change(Basket(tuple(lines)), "take-away", order.slot_id, None)
    change_order(session, order, change, None, actor=Actor.OFFICE, now=clock.now())


def cancel_one(session: Session) -> None:
    query = select(Order).where(Order.kind == "take-away", Order.must_not_contain == "")
    order = session.scalars(query.where(Order.status == "placed").order_by(Order.id.desc())).first()
    assert order
    cancel(
        session,
        order,
        actor=Actor.OFFICE,
        device="office",
        now=clock.now(),
        reason="customer",
    )


def half_bagged(session: Session) -> None:
    """The first hand closed the bag of an exception."""
    query = select(Order).where(Order.must_not_contain != "", Order.status == "placed")
    order = session.scalars(query.where(Order.bagged_at.is_(None)).limit(1)).one()
    press_once(session, order, to="bagged", seen="placed", device="kitchen", now=clock.now())


def ready_one(session: Session) -> None:
    query = select(Order).where(Order.kind == "take-away", Order.must_not_contain == "")
    order = session.scalars(query.where(Order.status == "placed").limit(1)).one()
    press_once(session, order, to="ready", seen="placed", device="kitchen", now=clock.now())


def orders_to_come() -> Select[tuple[Order]]:
    """The orders of the lunch to come; the demonstration has a month of others before it."""
    newest = select(func.max(Service.date)).scalar_subquery()
    return select(Order).join(Service).where(Service.date == newest)


def newest_service(session: Session) -> Service:
    return session.scalars(select(Service).order_by(Service.date.desc()).limit(1)).one()


def release_all(session: Session) -> None:
    for round_ in rounds_of(session, newest_service(session)):
        release(session, round_, seen=round_.stamp, now=clock.now())


def ride_all(session: Session) -> None:
    """Every round leaves, and every meal is handed over at its door."""
    for round_ in rounds_of(session, newest_service(session)):
        assert set_out(session, round_, device="rider", now=clock.now()) == 0
        for order in round_.orders:
            move_on(session, order, to="handed over", seen="left", device="rider", now=clock.now())


def test_a_whole_lunch_ends_with_every_order_handed_over_exactly_once(
    chromium: Browser, own_lunch: Lunch
) -> None:
    lunch = own_lunch
    order_with_exception(chromium, lunch)
    manager = come_in(chromium, lunch.links["manager"], TABLET)
    manager.goto(f"{lunch.url}/delivery/{lunch.day}/")
    manager.locator("main button.btn-main").first.click()
    manager.locator(".round-head").first.wait_for(timeout=PATIENCE)
    do(lunch, release_all)

    cook = screen(chromium, lunch, "cook")
    number = cook.locator(".cook-row:not(.is-exception) .btn-done").first
    before = number.inner_text()
    press(cook, number)
    undo(cook)
    # A poll that was under way may be drawn between the touch and its answer.
    expect(number).to_have_text(before, timeout=PATIENCE)
    do(lunch, change_one)
    do(lunch, cancel_one)
    cook.locator(".has-changed").wait_for(timeout=PATIENCE)
    cook.locator(".is-cancelled").wait_for(timeout=PATIENCE)
    assert cook.locator("#sound").get_attribute("data-last") == "changed"
    press_all(cook, ".btn-seen", least=2)
    press_all(cook, ".btn-done", least=10)

    pack = screen(chromium, lunch, "pack")
    for _ in range(2):
        press(pack, pack.locator("#board .btn-done").first)
        undo(pack)
    offline_for_a_minute(pack)
    bagged = press_all(pack, ":is(.btn-done, .btn-verify)", least=30)
    assert pack.locator("#board .is-exception").count() == 0

    give = screen(chromium, lunch, "hand-over")
    press_all(give, ".btn-done", least=5)
    do(lunch, ride_all)
    live = ask(lunch, orders_to_come().where(Order.status.in_(LIVE)))
    assert len(live) >= 38
    assert {order.status for order in live} == {"handed over"}
    assert bagged >= len(live) - 1
    events = select(OrderEvent.order_id).where(
        OrderEvent.status == "handed over",
        OrderEvent.order_id.in_(orders_to_come().with_only_columns(Order.id)),
    )
    assert sorted(ask(lunch, events)) == sorted(order.id for order in live)
    with behind(lunch) as session:
        assert wrong_counters(session) == []
        cancelled = orders_to_come().where(Order.status == "cancelled")
        assert len(session.scalars(cancelled).all()) == 1


def offline_for_a_minute(pack: Page) -> None:
    """The network is cut: a press is kept, the screen turns red, then the press is sent once."""
    pack.context.set_offline(True)
    button = pack.locator("#board .ticket:not(.is-exception) .btn-done").first
    pressed = button.get_attribute("id")
    button.click()
    pack.locator(f".is-kept #{pressed}").wait_for()
    assert pack.locator(f"#{pressed}").get_attribute("aria-disabled") == "true"
    pass_time(pack, 60)
    expect(pack.locator("body.is-stale")).to_be_visible()
    pack.context.set_offline(False)
    live(pack, 70)
    pack.locator(f"#{pressed}".replace("act", "back")).wait_for(state="attached", timeout=PATIENCE)
    pack.locator("body:not(.is-stale)").wait_for(timeout=PATIENCE)
    assert pack.evaluate("localStorage.getItem('presses')") == "[]"


def test_f12_a_screen_that_was_offline_for_ten_minutes_catches_up_with_a_fresh_one(
    chromium: Browser, lunch: Lunch
) -> None:
    tablet = come_in(chromium, lunch.links["kitchen"], TABLET)
    tablet.clock.install()
    tablet.goto(f"{lunch.url}/kitchen/pack?date={lunch.day}")
    before = tickets(tablet)
    tablet.context.set_offline(True)
    order_with_exception(chromium, lunch)
    do(lunch, cancel_one)
    tablet.clock.fast_forward("10:00")
    tablet.locator("body.is-stale").wait_for(timeout=PATIENCE)
    assert tickets(tablet) == before
    tablet.context.set_offline(False)
    tablet.clock.fast_forward("00:10")
    tablet.locator("[data-ticket]", has_text="noix").wait_for(timeout=PATIENCE)
    fresh = screen(chromium, lunch, "pack")
    assert tickets(tablet) == tickets(fresh)
    assert len(tickets(tablet)) == len(set(tickets(tablet)))


def tickets(page: Page) -> list[str]:
    """Each ticket with its state, in the order of the screen."""
    state = "all => all.map(t => t.id + ' ' + t.className)"
    found = page.locator("[data-ticket]").evaluate_all(state)
    return [str(one) for one in found]


@pytest.fixture(scope="module")
def every_state(chromium: Browser, lunch: Lunch) -> Lunch:
    """The shared lunch with a ticket of each kind, so that every word of a screen is shown."""
    order_with_exception(chromium, lunch)
    order_with_exception(chromium, lunch)
    for act in (change_one, cancel_one, ready_one, half_bagged):
        do(lunch, act)
    return lunch


FONTS = "() => document.fonts.ready.then(() => null)"
TARGETS = """() => [...document.querySelectorAll('a, button, summary, input, select')]
  .filter(e => e.type !== 'hidden')
  .map(e => [e, e.getBoundingClientRect()])
  .filter(([e, box]) => e.checkVisibility({visibilityProperty: true}) && box.right > 0)
  .map(([e, box]) => [e.outerHTML.slice(0, 90), box.width, box.height])"""
TEXTS = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), parent = walk.currentNode.parentElement;
    if (!text || parent.closest('script, .unheard, .skip, noscript')) continue;
    const range = document.createRange();
    range.selectNodeContents(walk.currentNode);
    if (!parent.checkVisibility({visibilityProperty: true})) continue;
    if (!range.getClientRects().length) continue;
    const names = '.name, .say, .who, .must-not, .difference span';
    const size = parseFloat(getComputedStyle(parent).fontSize);
    found.push([text, size, Boolean(parent.closest(names))]);
  }
  return found;
}"""


@pytest.fixture
def before_departure(every_state: Lunch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lunch]:
    """The same lunch as its own day shows it: half an hour before the first departure."""
    orders = ask(every_state, orders_to_come().where(Order.status.in_(LIVE)))
    first = min(departure.at for departure in departures(orders))
    monkeypatch.setattr(clock, "now", lambda: first - timedelta(minutes=30))
    app = new_app(every_state.folder, f"sqlite:///{every_state.folder / 'locomotive.db'}")
    with answering(app) as url:
        kitchen = url + every_state.links["kitchen"].removeprefix(every_state.url)
        yield replace(every_state, url=url, links={"kitchen": kitchen})
    with app.app_context():
        leave(app)


def test_a_tablet_whose_clock_is_an_hour_wrong_counts_by_the_server_s(
    chromium: Browser, before_departure: Lunch
) -> None:
    tablet = come_in(chromium, before_departure.links["kitchen"], TABLET)
    tablet.clock.install(time=clock.now() + timedelta(hours=1))
    tablet.goto(f"{before_departure.url}/kitchen/pack?date={before_departure.day}")
    # The server's clock stands still, and each answer puts the tablet's right.
    shown = tablet.locator("[data-clock]")
    expect(shown).to_have_text(f"{local(clock.now()):%H:%M}", timeout=PATIENCE)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
@pytest.mark.parametrize("page", PAGES)
def test_targets_are_64_px_numbers_48_and_names_28(
    chromium: Browser, before_departure: Lunch, page: str, size: dict[str, int]
) -> None:
    tablet = screen(chromium, before_departure, page, size)
    tablet.evaluate(FONTS)
    small = [t for t in tablet.evaluate(TARGETS) if min(t[1], t[2]) < 63.5]
    assert small == []
    texts = tablet.evaluate(TEXTS)
    assert [t for t in texts if t[1] < 28] == []
    assert [t for t in texts if re.fullmatch(r"[+−-]? ?\d+", t[0]) and t[1] < 48] == []
    assert not tablet.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("language", KITCHEN_LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_screen_shows_at_most_twelve_words_beside_names_and_numbers(
    chromium: Browser, before_departure: Lunch, page: str, language: str
) -> None:
    tablet = come_in(chromium, before_departure.links["kitchen"], TABLET)
    tablet.goto(f"{before_departure.url}/language/{language}")
    tablet.goto(f"{before_departure.url}/kitchen/{page}?date={before_departure.day}")
    tablet.evaluate(FONTS)
    assert tablet.locator(".due").count() or page == "hand-over"
    words = words_of(tablet)
    assert 3 <= len(words) <= 12, " ".join(sorted(words))


def words_of(tablet: Page) -> set[str]:
    """The words that a screen shows beside names and numbers."""
    texts = [text for text, _, is_name in tablet.evaluate(TEXTS) if not is_name]
    plain = ["".join(c for c in text if category(c) != "Mn") for text in texts]
    return {w.lower() for text in plain for w in re.findall(r"[^\W\d_]+", text)}


def test_the_control_thirteen_words_are_counted(chromium: Browser, lunch: Lunch) -> None:
    tablet = screen(chromium, lunch, "")
    before = words_of(tablet)
    tablet.evaluate("document.querySelector('main').innerHTML += '<p>any word more counts</p>'")
    assert len(words_of(tablet) - before) == 4


def test_the_control_a_small_button_and_a_sentence_are_found(
    chromium: Browser, lunch: Lunch
) -> None:
    tablet = screen(chromium, lunch, "pack")
    more = "'<button>a small button</button><p>7</p>'"
    tablet.evaluate(f"document.querySelector('main').innerHTML += {more}")
    assert any(min(t[1], t[2]) < 63.5 for t in tablet.evaluate(TARGETS))
    assert any(t[0] == "7" and t[1] < 48 for t in tablet.evaluate(TEXTS))
