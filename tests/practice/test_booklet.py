"""The booklet of gestures: every exercise once, three boxes each, and nothing about a person."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from locomotive.practice.exercise import EXERCISES
from tests.service_day import Day


def test_each_gesture_is_ticked_in_three_boxes(day: Day) -> None:
    page = day.signed_in("kitchen", language="fr").get("/kitchen/practice/booklet").text
    body = page[page.index("<tbody>") :]
    assert len(re.findall('<th scope="row">', body)) == len(EXERCISES)
    assert body.count('class="tick"') == 3 * len(EXERCISES)
    assert "Mes gestes en cuisine" in page
    assert "<form" not in page


def test_practice_leads_to_the_booklet_and_back_to_the_kitchen(screen: FlaskClient) -> None:
    page = screen.get("/kitchen/practice/").text
    assert 'href="/kitchen/practice/booklet"' in page
    assert '<a class="btn" href="/kitchen/">' in page
