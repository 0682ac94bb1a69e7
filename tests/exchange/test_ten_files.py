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


MORE_READ = {
    "a price as it is said": ("Poireaux;kg;12€50\n", ("Poireaux", "kg", 1250)),
    "two files joined": (
        b"Poireaux;kg;1,60\n" + "Bœuf;kg;9\n".encode() + "Épinards;kg;3\n".encode("cp1252"),
        ("Poireaux", "kg", 160), ("Bœuf", "kg", 900), ("Épinards", "kg", 300),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(MORE_READ))
def test_it_is_read_though_nobody_would_write_it_so(office: FlaskClient, name: str) -> None:
    produce("Bœuf", kind="meat")
    produce("Épinards")
    lines, *sold = MORE_READ[name]
    encoded = lines.encode() if isinstance(lines, str) else lines
    page = look(office, PRICES.encode() + encoded)
    assert take(office, page).status_code == 303, words(page)
    assert [(p, unit, cents) for p, unit, _holds, cents in prices()] == sold


@pytest.mark.parametrize(
    ("head", "line", "holds"),
    [
        ("Produit;Prix au kg HT", "Poireaux;1,60", ("Poireaux", "kg", 1000, 160)),
        ("Produit;Prix à la pièce HT (€)", "Œufs;0,30", ("Œufs", "piece", 1000, 30)),
        ("Produit;Unité;Prix HT;Conditionnement", "Poireaux;sac;9;sac de 5 kg",
         ("Poireaux", "sack", 5000, 900)),
        ("Produit;Unité;Prix TTC;TVA", "Poireaux;kg;2,11;5,5 %", ("Poireaux", "kg", 1000, 200)),
        ("Produit;Unité;Prix TTC;TVA", "Poireaux;kg;2,40;0.2", ("Poireaux", "kg", 1000, 200)),
        ("Produit;Unité;Prix TTC;TVA", "Poireaux;kg;2;0", ("Poireaux", "kg", 1000, 200)),
    ],
)  # fmt: skip
def test_its_headings_say_what_its_cells_do_not(
    office: FlaskClient, head: str, line: str, holds: tuple[str, str, int, int]
) -> None:
    page = look(office, f"{head}\n{line}\n")
    assert take(office, page).status_code == 303, words(page)
    assert prices() == [holds]


def test_a_note_s_quantities_are_in_the_unit_of_their_heading(office: FlaskClient) -> None:
    page = look(office, "Produit;Quantité (kg);Prix HT\nPoireaux;12,5;1,60\n", "note", number="1")
    assert "Poireaux kg 12,5 1,60 €" in words(page)
    assert take(office, page).status_code == 303


@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        ("Produit;Unité;Prix HT;Conditionnement", "Poireaux;caisse;9;6x1kg",
         "colonne « Conditionnement » : « 6x1kg » ne dit pas combien de kg contient une unité, "
         "par exemple 12,5. Corrigez-le dans le fichier."),
        ("Produit;Unité;Prix HT;Colisage", "Poireaux;caisse;9;0 kg",
         "colonne « Colisage » : « 0 kg » ne dit pas"),
        ("Produit;Unité;Prix TTC;Taux TVA", "Poireaux;kg;2;réduit",
         "colonne « Taux TVA » : « réduit » n’est pas un taux de TVA comme 5,5."),
        ("Produit;Unité;Prix TTC;TVA", "Poireaux;kg;2;1",
         "colonne « TVA » : « 1 » n’est pas un taux de TVA comme 5,5."),
    ],
)  # fmt: skip
def test_b12_whatever_its_column_is_called_the_refusal_names_it(
    office: FlaskClient, head: str, line: str, said: str
) -> None:
    page = look(office, f"{head}\n{line}\n")
    assert page.status_code == 422
    assert f"Ligne 2, {said}" in words(page)
    assert prices() == []
