"""What people type: amounts, numbers, degrees, times, days."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locomotive.core.clock import day_of
from locomotive.web.fields import amount, cents_of, clean, degrees_of, near_amount, wall_of


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12,50", 1250),
        ("12.50", 1250),
        ("12,5", 1250),
        ("12", 1200),
        (" 12,50 € ", 1250),
        ("12,50\u00a0€", 1250),
        ("0", 0),
        ("-1", None),
        ("12,505", None),
        ("12:50", None),
        ("1e3", None),
        ("1 2,50x", None),
        ("٣", None),
        ("", None),
        (",50", None),
        ("nan", None),
        ("9" * 400, None),
    ],
)
def test_an_amount_takes_comma_and_point(typed: str, cents: int | None) -> None:
    assert cents_of(typed) == cents


@given(st.integers(0, 999_999_999))
def test_an_amount_comes_back_from_what_is_written(cents: int) -> None:
    whole, rest = divmod(cents, 100)
    assert cents_of(f"{whole},{rest:02d}") == cents_of(f"{whole}.{rest:02d}") == cents


@given(st.text())
def test_no_text_breaks_a_field(text: str) -> None:
    cents = cents_of(text)
    assert cents is None or cents >= 0
    degrees_of(text)
    wall_of(text)
    day_of(text)
    kept = clean(text)
    assert re.sub("[\u200c\u200d]", "", kept).isprintable()
    assert clean(kept) == kept
    assert not re.search("(^|\\s)[\u200c\u200d]|[\u200c\u200d](\\s|$)", kept)


def test_what_joins_letters_stays_and_alone_is_nothing() -> None:
    assert clean(" علی\u200cرضا ") == "علی\u200cرضا"
    assert clean("👩\u200d🍳") == "👩\u200d🍳"
    assert clean("\u200cZo\u00eb\u200d \u200c\u200d x\u200c\u200cy") == "Zo\u00eb x\u200cy"
    assert clean("\u200c\u200d") == ""
    assert clean("a\u202eb\u200bc") == "a b c"  # what turns or hides text is not kept


def test_an_amount_is_written_in_the_language_of_the_page(day: object) -> None:
    from flask_babel import force_locale

    for code, written in (("fr", "12,05"), ("en", "12.05")):
        with force_locale(code):
            assert amount(1205) == written
            assert cents_of(amount(1205)) == 1205
            assert near_amount("12:05") == near_amount("EUR 12 05") == written


@pytest.mark.parametrize(
    ("typed", "wall"),
    [
        ("11:30", time(11, 30)),
        ("11:30:00", time(11, 30)),
        ("9h05", time(9, 5)),
        ("11 h 30", time(11, 30)),
        ("11h", time(11)),
        ("11.30", time(11, 30)),
        ("24:00", None),
        ("11:60", None),
        ("1130", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, wall: time | None) -> None:
    assert wall_of(typed) == wall


@pytest.mark.parametrize(
    ("typed", "degrees"),
    [("50,4697", 50.4697), ("50.4697", 50.4697), ("-2,9", -2.9), ("50°", 50.0), ("50 4697", None)],
)
def test_degrees_take_comma_and_point(typed: str, degrees: float | None) -> None:
    assert degrees_of(typed) == degrees


def test_a_day_is_a_day_of_this_century() -> None:
    assert day_of("2026-11-24") == date(2026, 11, 24)
    for text in ("2026-02-30", "24/11/2026", "0001-01-01", "9999-12-31", "2026-1-1", "٢٠٢٦-11-24"):
        assert day_of(text) is None
