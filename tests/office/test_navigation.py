"""The staff's navigation marks the page that is shown."""

import re

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/office/", "Today"),
        ("/office/dishes/1", "Dishes and menu"),
        ("/office/recipes/", "Dishes and menu"),
        ("/office/zone", "Places"),
        ("/office/service/2026-11-24", "Service"),
        ("/office/tricycles/", "Tricycles"),
        ("/delivery/2026-11-24/", "Rounds"),
    ],
)
def test_a_page_below_marks_the_page_above_it(office: FlaskClient, address: str, name: str) -> None:
    current = re.findall(r'aria-current="page"[^>]*>([^<]+)', office.get(address).text)
    assert current == [name]


def test_a_customers_page_marks_none(office: FlaskClient) -> None:
    assert 'aria-current="page"' not in office.get("/legal").text


def test_a_page_of_its_own_marks_none(office: FlaskClient) -> None:
    assert 'aria-current="page"' not in office.get("/office/figures").text
