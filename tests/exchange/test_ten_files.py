"""Ten files as suppliers' programs and hands make them: read, asked about, or refused in French
with line, column and what to do."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.exchange.files import look, prices, take, words
from tests.farm_day import produce
from tests.service_day import Day

PRICES, NOTE = "Produit;Unité;Prix HT\n", "Produit;Quantité;Unité;Prix HT;DLC\n"
PRICE = "n’est pas un prix comme 12,50. Corrigez-le dans le fichier."
QUANTITY = "n’est pas une quantité au-dessus de zéro comme 12,5. Corrigez-la dans le fichier."
DATE = "n’est pas une date comme 24/11/2026. Corrigez-la dans le fichier."
READ = {
    "a thousand with a space": ("Œufs;colis de 360;1 234,50\n", ("Œufs", "case", 123_450)),
    "a price for each kilo": ("Poireaux;kg;1,60 €/kg\n", ("Poireaux", "kg", 160)),
    "headings on each page": (
        "Poireaux;kg;1,60\n\nProduit;Unité;Prix HT\nŒufs;pièce;0,30\n",
        ("Poireaux", "kg", 160),
        ("Œufs", "piece", 30),
    ),
    "a remark below": ("Poireaux;kg;1,60\n* selon arrivage;;\n", ("Poireaux", "kg", 160)),
}
WRONG = {
    "a price that is a word": (PRICES + "Poireaux;kg;n.c.\n", "Prix HT", PRICE),
    "a multiplication": (NOTE + "Poireaux;3 x 5 kg;;1,60;\n", "Quantité", QUANTITY),
    "something that goes back": (NOTE + "Poireaux;-3;kg;1,60;\n", "Quantité", QUANTITY),
    "a month as a word": (NOTE + "Poireaux;3;kg;1,60;30-nov.-26\n", "DLC", DATE),
    "a day that is none": (NOTE + "Poireaux;3;kg;1,60;30/02/2026\n", "DLC", DATE),
}  # fmt: skip


@pytest.fixture(autouse=True)
def greens(day: Day, office: FlaskClient) -> None:
    produce("Poireaux")
    produce("Œufs", unit="piece", unit_grams=60)
    office.set_cookie("language", "fr")


@pytest.mark.parametrize("name", list(READ))
def test_it_is_read(office: FlaskClient, name: str) -> None:
    lines, *sold = READ[name]
    page = look(office, PRICES + lines)
    assert take(office, page).status_code == 303, words(page)
    assert [(p, unit, cents) for p, unit, _holds, cents in prices()] == sold


@pytest.mark.parametrize("name", list(WRONG))
def test_b12_it_is_refused_with_line_column_and_what_to_do(office: FlaskClient, name: str) -> None:
    content, column, said = WRONG[name]
    page = look(office, content, "note" if content.startswith(NOTE) else "prices", number="1")
    assert page.status_code == 422
    assert f"Ligne 2, colonne « {column} » : «" in words(page)
    assert said in words(page)
    assert "Tout reprendre" not in words(page)
    assert prices() == []


def test_what_stands_below_as_a_sum_is_asked_about_and_never_taken(office: FlaskClient) -> None:
    page = look(office, PRICES + "Poireaux;kg;1,60\nTotal;;1,60\n")
    assert "Ligne 3, « Total » : quel produit est-ce ?" in words(page)
    assert take(office, page).status_code == 422
    assert prices() == []
