"""The shop as an app on a phone: its manifest, its icons, its worker."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.service_day import Day


def test_the_manifest_has_a_french_name_and_starts_at_the_menu(day: Day) -> None:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    told = answer.get_json()
    assert told["name"] == "La Locomotive"
    assert told["description"] == "Commander son déjeuner à La Locomotive"
    assert (told["lang"], told["start_url"], told["display"]) == ("fr", "/", "standalone")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in client.get("/").text


def test_every_icon_is_a_picture_of_the_size_that_the_manifest_says(day: Day) -> None:
    client = day.app.test_client()
    icons = client.get("/manifest.webmanifest").get_json()["icons"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    for icon in icons:
        with client.get(icon["src"]) as answer:
            width, height = Image.open(io.BytesIO(answer.data)).size
        assert icon["sizes"] == f"{width}x{height}"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_without_a_network_names_nobody_and_says_whom_to_call(
    day: Day, language: str
) -> None:
    client = day.app.test_client()
    client.set_cookie("language", language)
    page = client.get("/offline").text
    assert "tel:" in page
    assert 'data-kept-at=""' in page
    assert "csrf_token" not in page


def test_a_browser_asks_each_time_whether_the_worker_is_a_newer_one(day: Day) -> None:
    with day.app.test_client().get("/worker.js") as answer:
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
