"""Practice in a browser on an empty installation: ten exercises, each done with the finger, ended,
and offered again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from locomotive.core.base import Base
from locomotive.core.clock import ZONE, clock
from locomotive.core.db import db
from locomotive.practice import network_cut
from locomotive.practice.exercise import EXERCISES
from tests.browser.conftest import answering
from tests.browser.kitchen.page_time import QUIET_FETCH, live
from tests.browser.test_one_lunch import TABLET
from tests.service_day import Browser as Client
from tests.service_day import Day, leave, new_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
DONE = ".exercise.is-done"
PLAIN_BAG = ".ticket:not(.is-exception) .btn-done"


class Learner:
    """A newcomer at a tablet of a house that nobody has set up yet."""

    def __init__(self, tablet: Page, url: str) -> None:
        self.tablet, self.url = tablet, url
        self.now = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo(ZONE))

    def begin(self, key: str) -> None:
        self.tablet.goto(f"{self.url}/kitchen/practice/")
        self.tablet.locator(f"button[value={key}]").click()
        live(self.tablet, 1)

    def touch(self, what: str) -> None:
        self.tablet.locator(what).first.click()
        live(self.tablet, 5)


@contextmanager
def learner_in(
    chromium: Browser, folder: Path, patch: pytest.MonkeyPatch, language: str = "fr"
) -> Iterator[Learner]:
    app = new_app(folder)
    app.test_client_class = Client
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with answering(app) as url:
            context = chromium.new_context(viewport=TABLET, service_workers="block")  # type: ignore[arg-type]
            for cookie in Day(app).signed_in("kitchen", language=language)._cookies.values():
                context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
            tablet = context.new_page()
            tablet.clock.install()
            tablet.add_init_script(QUIET_FETCH)
            learner = Learner(tablet, url)
            patch.setattr(clock, "now", lambda: learner.now)
            yield learner
            context.close()
        leave(app)


def close_a_bag(learner: Learner) -> None:
    learner.touch(PLAIN_BAG)


def cook_three(learner: Learner) -> None:
    for _ in range(3):
        learner.touch(".cook-row:has-text('Carbonade') .btn-one")


def close_and_verify(learner: Learner) -> None:
    learner.touch(".ticket.is-exception .btn-done")
    learner.touch(".ticket.is-exception .btn-verify")


def close_and_take_back(learner: Learner) -> None:
    close_a_bag(learner)
    # On a busy machine the bar is gone before it can be touched.
    learner.tablet.locator("#undo-bar button").dispatch_event("click")
    live(learner.tablet, 5)


def see_the_cancellation(learner: Learner) -> None:
    learner.touch(".is-cancelled .btn-seen")


def wait_for_the_network(learner: Learner) -> None:
    close_a_bag(learner)
    live(learner.tablet, 9)
    expect(learner.tablet.locator("body.is-stale")).to_be_visible()
    expect(learner.tablet.locator("#waiting [data-count]")).to_have_text("1")
    learner.now += network_cut.LASTS
    live(learner.tablet, 6)
    expect(learner.tablet.locator("body.is-stale")).to_have_count(0)


def see_the_change(learner: Learner) -> None:
    learner.touch(".has-changed .btn-seen")


def give_samira_hers(learner: Learner) -> None:
    learner.tablet.locator("#find").fill("sam")
    live(learner.tablet, 1)
    expect(learner.tablet.locator("[data-name]:visible")).to_have_count(2)
    learner.touch("[data-name=Samira] .btn-done")


def print_bag_three(learner: Learner) -> None:
    learner.tablet.locator("input[name=number]").fill("3")
    learner.tablet.locator("form:has(input[name=number]) button").click()


def pack_two_departures(learner: Learner) -> None:
    learner.touch(".has-changed .btn-seen")
    close_and_verify(learner)
    for _ in range(7):
        close_a_bag(learner)


GESTURES: dict[str, Callable[[Learner], None]] = {
    "next": close_a_bag,
    "some": cook_three,
    "exception": close_and_verify,
    "undo": close_and_take_back,
    "cancellation": see_the_cancellation,
    "offline": wait_for_the_network,
    "changed": see_the_change,
    "give": give_samira_hers,
    "print": print_bag_three,
    "busy": pack_two_departures,
}


def test_ten_exercises_end_on_an_empty_installation(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(GESTURES) == [exercise.key for exercise in EXERCISES]
    with learner_in(chromium, tmp_path, monkeypatch) as learner:
        for key, gesture in GESTURES.items():
            learner.begin(key)
            expect(learner.tablet.locator(".exercise")).to_be_visible()
            expect(learner.tablet.locator(DONE)).to_have_count(0)
            gesture(learner)
            expect(learner.tablet.locator(DONE)).to_be_visible()
            learner.tablet.locator(f"{DONE} a").click()
            expect(learner.tablet.locator(f"button[value={key}]")).to_be_visible()


def test_the_control_an_idle_learner_ends_nothing(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with learner_in(chromium, tmp_path, monkeypatch) as learner:
        learner.begin("next")
        learner.now += timedelta(hours=9)
        live(learner.tablet, 6)
        expect(learner.tablet.locator(".exercise")).to_be_visible()
        expect(learner.tablet.locator(DONE)).to_have_count(0)
