"""No page is left out of what a browser looks at on every page."""

from __future__ import annotations

from collections import defaultdict

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from tests.browser.every_address import BY_LINK, NOT_PAGES, OF_STAFF, address_of
from tests.service_day import Day, leave, new_day

VALUES: defaultdict[str, str] = defaultdict(lambda: "1", day="2026-11-24", month="2026-11")
NO_PAGE = [endpoint for endpoints in NOT_PAGES.values() for endpoint in endpoints]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    day: Day = new_day(tmp_path_factory.mktemp("pages"))
    with day.app.app_context():
        leave(day.app)
    return day.app


def shown(app: Flask) -> set[str]:
    """The endpoints of all pages that answer a GET."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def visited(app: Flask, templates: tuple[str, ...]) -> set[str]:
    """The endpoints that these addresses lead to."""
    urls, found = app.url_map.bind("localhost"), set()
    for template in templates:
        address = address_of(template, VALUES).partition("?")[0]
        try:
            found.add(urls.match(address, method="GET")[0])
        except (NotFound, RequestRedirect):
            assert template == "/no", template
    return found


def test_every_page_is_visited_or_is_said_to_be_none(app: Flask) -> None:
    looked_at = visited(app, (*BY_LINK, *OF_STAFF))
    assert shown(app) - looked_at - set(NO_PAGE) == set()
    assert looked_at & set(NO_PAGE) == set()
    assert set(NO_PAGE) - shown(app) == set()


def test_the_control_a_page_that_no_address_leads_to_is_found(app: Flask) -> None:
    looked_at = visited(app, tuple(one for one in OF_STAFF if one != "/farm/forecast"))
    assert "forecast.office" in shown(app) - looked_at - set(NO_PAGE)
