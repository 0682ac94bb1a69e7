"""A sum of money is written as each language writes it, on pages, papers and in mails."""

from __future__ import annotations

import pytest
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from locomotive.web.fields import cents_of
from locomotive.web.language import euros
from locomotive.web.spreadsheet import Thousandths, table
from tests.service_day import Day


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (0, "0,00 €", "€0.00"),
        (1205, "12,05 €", "€12.05"),
        (99_999, "999,99 €", "€999.99"),
        (105_400, "1 054,00 €", "€1,054.00"),
        (-123_456_789, "−1 234 567,89 €", "−€1,234,567.89"),
    ],
)
def test_thousands_stand_apart(day: Day, cents: int, french: str, english: str) -> None:
    with force_locale("fr"):
        assert euros(cents) == french.replace(" ", "\u00a0")  # no line breaks inside a sum
    with force_locale("en"):
        assert euros(cents) == english


@given(st.integers(0, 999_999_99))
def test_a_french_sum_can_be_typed_back_as_it_is_read(cents: int) -> None:
    whole, rest = divmod(cents, 100)
    grouped = f"{whole:,}".replace(",", "\u00a0")
    assert cents_of(f"{grouped},{rest:02d}\u00a0€") == cents


def test_a_table_for_programs_has_no_space_inside_a_number(day: Day) -> None:
    with force_locale("fr"):
        text = table("sums.csv", iter([[Thousandths(1_054_000)]])).get_data(as_text=True)
    assert text.strip("\ufeff\r\n") == "1054"
