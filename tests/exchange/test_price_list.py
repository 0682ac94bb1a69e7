"""A supplier's price list is read as he sends it, asked about once, taken whole or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from locomotive.core.db import db, write_tx
from locomotive.farm.produce import Produce
from locomotive.farm.supplier import end_pack
from tests.exchange.files import look, open_document, prices, take, tell, words, workbook
from tests.farm_day import GROCER, pack, produce, supplier
from tests.service_day import Day

PRICES = "produit;unité;prix HT;contenance\nPoireaux;caisse;12,50;8\nÉpinards;kg;3,20;\n"
READ = [("Poireaux", "crate", 8000, 1250), ("Épinards", "kg", 1000, 320)]


@pytest.fixture(autouse=True)
def greens(day: Day) -> None:
    produce("Poireaux")
    produce("Épinards")


AS_SENT = [
    PRICES.encode("cp1252"),
    b"\xef\xbb\xbf" + PRICES.encode(),
    PRICES.encode("utf-16"),
    PRICES.replace("\n", "\r").encode("mac_roman"),
    PRICES.replace("\n", "\r\n").encode(),
    PRICES.replace("12,50", "12.50").replace("3,20", "3.20").replace(";", ",").encode(),
    PRICES.replace(";", "\t").encode(),
    PRICES.replace(";", " | ").encode(),
    ("sep=;\n" + PRICES).encode(),
    PRICES.replace("produit", "Libellé article").replace("prix HT", "P.U. H.T. (€)").encode(),
    PRICES.replace("produit", "Produce").replace("prix HT", "Net PRICE").encode(),
    ("Ferme du Pont;;;\nTarif du 30/11;;;\n;;;\n" + PRICES).encode(),
    PRICES.replace("kg;3,20;", "1 kg;3,20 €;").replace("caisse", "caisses").encode(),
    PRICES.replace("kg;3,20;", "500 g;1,60;").encode(),
    PRICES.replace("caisse;12,50;8", "caisse de 8 kg;12,50").encode(),
    PRICES.replace("kg;3,20;", "kg;3,20;\nLÉGUMES D'HIVER;;;").encode(),
]


def test_a_list_is_read_whatever_program_wrote_it(day: Day, office: FlaskClient) -> None:
    for encoded in AS_SENT:
        page = look(office, encoded)
        assert "2 lines can be taken over." in page.text, words(page)
        assert "crate (8 kg) – €12.50 new pack" in words(page), encoded
        assert "Épinards kg – €3.20 new pack" in words(page), encoded
    assert prices() == []
    assert take(office, page).status_code == 303
    assert prices() == READ


@pytest.mark.parametrize("written", [workbook, open_document], ids=["XLSX", "ODS"])
def test_a_workbook_with_a_title_above_is_read(
    day: Day, office: FlaskClient, written: Callable[..., bytes]
) -> None:
    sheet = written(
        ("Tarif semaine 48",),
        (),
        ("Désignation", "Unité", "Prix HT", "Contenance"),
        ("Poireaux", "caisse", 12.5, 8),
        ("Épinards", "kg", 3.2, ""),
        ("Épinards", "caisse", "cours", 5),
    )
    page = look(office, sheet)
    # The line is the one that the spreadsheet's own margin shows.
    rows = 1 if written is workbook else 2
    said = f"Line {5 + rows}, column Prix HT: “cours” is no price"
    assert said in words(page)
    sheet = written(*sheet_of(READ))
    take(office, look(office, sheet))
    assert prices() == READ


def sheet_of(sold: list[tuple[str, str, int, int]]) -> list[tuple[object, ...]]:
    """What is sold as a workbook's rows."""
    words_of = {"crate": "caisse", "kg": "kg"}
    head: tuple[object, ...] = ("Désignation", "Unité", "Prix HT", "Contenance")
    rows = [(name, words_of[u], cents / 100, holds / 1000) for name, u, holds, cents in sold]
    return [("Tarif semaine 48",), (), head, *rows]


def test_a_co_operatives_article_list_is_mapped_once_then_read(
    day: Day, office: FlaskClient
) -> None:
    listed = (
        "dispo.;Référence;Désignation;Origine;Unité;Prix HT;TVA;Consigne;Conditionnement\n"
        "Oui;31;Poireau;FR;1 kg;1,85;5,5;0;10\nNon;32;Épinards;FR;1 kg;2,10;5,5;0;8\n"
        "Oui;33;Œufs plein air;FR;plateau de 30;6,90;5,5;0;1\n"
    )
    page = look(office, listed)
    assert "2 questions about this file" in page.text
    assert "Not read: Référence, Origine, Consigne" in words(page)
    leek = produce("Poireaux").id
    page = tell(office, page, produce_poireau=str(leek), produce_oeufspleinair="new:dairy:")
    assert "question about this file" not in page.text
    take(office, page)
    assert prices() == [("Poireaux", "kg", 1000, 185), ("Œufs plein air", "tray", 30_000, 690)]
    eggs = db.session.query(Produce).filter_by(name="Œufs plein air").one()
    assert (eggs.unit, eggs.allergens_are_known) == ("piece", False)
    again = look(office, listed.replace("1,85", "1,95"))
    assert "question about" not in again.text
    take(office, again)
    assert prices()[0][3] == 195


def test_ligatures_accents_and_case_name_the_same_produce_and_plurals_are_proposed(
    day: Day, office: FlaskClient
) -> None:
    produce("Œufs", unit="piece")
    beef = produce("Bœuf à braiser")
    page = look(office, "Produit;Unité;Prix HT\nOEUFS;pièce;0,25\nboeuf a braisers;kg;14,9\n")
    assert f'<option selected value="{beef.id}">' in page.text
    page = tell(office, page, produce_boeufabraisers=str(beef.id))
    take(office, page)
    assert [p[0] for p in prices()] == ["Œufs", "Bœuf à braiser"]


def test_units_are_read_in_suppliers_words_and_others_asked_once(
    day: Day, office: FlaskClient
) -> None:
    produce("Œufs", unit="piece")
    produce("Salade", unit="piece")
    produce("Crème", unit="l")
    listed = (
        "Produit;Unité;Prix HT;Contenance\nÉpinards;Kgs;1,20;\nŒufs;douzaine;3;\n"
        "Salade;pce;0,90;\nSalade;pièces;0,90;\nCrème;25 cl;1;\nPoireaux;botillon;2;0,5\n"
    )
    page = look(office, listed)
    assert "“botillon”: what is it?" in words(page)
    assert "Take all of it over" not in page.text
    page = tell(office, page, unit_botillon="bunch")
    take(office, page)
    assert prices() == [
        ("Épinards", "kg", 1000, 120),
        ("Œufs", "dozen", 12_000, 300),
        ("Salade", "piece", 1000, 90),
        ("Crème", "l", 1000, 400),
        ("Poireaux", "bunch", 500, 200),
    ]
    assert "botillon" not in words(look(office, listed)).split("Lines, page")[0]


def test_what_a_pack_holds_is_asked_once(day: Day, office: FlaskClient) -> None:
    page = look(office, "Produit;Unité;Prix HT\nPoireaux;sac;9\n")
    assert "what does one hold? (sack → kg)" in words(page)
    page = tell(office, page, **{"holds_poireaux/sack": "12,5"})
    take(office, page)
    assert prices() == [("Poireaux", "sack", 12_500, 900)]


def test_prices_without_a_word_on_vat_are_asked_about_once(day: Day, office: FlaskClient) -> None:
    listed = "Produit;Unité;Prix;TVA\nPoireaux;kg;1,055;5,5\nÉpinards;kg;12;20 %\n"
    page = look(office, listed)
    assert "without VAT or with it?" in words(page)
    assert take(office, page).status_code == 422
    assert prices() == []
    page = tell(office, page, **{"tax_": "gross"})
    take(office, page)
    assert [p[3] for p in prices()] == [100, 1000]
    assert "without VAT or with it?" not in words(look(office, listed))


def test_a_heading_that_says_ttc_is_not_asked_about(day: Day, office: FlaskClient) -> None:
    take(office, look(office, "Produit;Unité;Prix TTC\nPoireaux;kg;2,11\n"))
    assert prices() == [("Poireaux", "kg", 1000, 200)]


def test_of_two_prices_the_one_without_vat_is_read(day: Day, office: FlaskClient) -> None:
    take(office, look(office, "Produit;Unité;Prix TTC;Prix HT\nPoireaux;kg;2,11;2\n"))
    assert prices() == [("Poireaux", "kg", 1000, 200)]


def test_columns_that_nobody_knows_are_asked_once_and_remembered_for_the_supplier(
    day: Day, office: FlaskClient
) -> None:
    listed = "Notre choix;Unité;HT semaine\nPoireaux;kg;1,60\n"
    page = look(office, listed)
    assert "Which column holds this: produce?" in words(page)
    page = tell(office, page, column_produce="Notre choix", column_price="HT semaine")
    take(office, page)
    assert prices() == [("Poireaux", "kg", 1000, 160)]
    assert "Which column" not in look(office, listed).text
    other = look(office, listed, supplier_id=str(supplier(GROCER).id))
    assert "Which column" in other.text


def test_answers_can_be_asked_for_again(day: Day, office: FlaskClient) -> None:
    page = look(office, "Produit;Unité;Prix HT\nPorreaux;kg;1,60\n")
    page = tell(office, page, produce_porreaux="none")
    assert "1 left out" in words(page)
    # Nothing is left to take over.
    assert "Take all of it over" not in page.text
    assert "there is nothing to take over" in page.text
    assert take(office, page).status_code == 422
    assert prices() == []
    data = {"supplier_id": supplier().id, "kind": "prices", "day": "2026-11-24"}
    office.post("/farm/exchange/forget", data=data)
    page = look(office, "Produit;Unité;Prix HT\nPorreaux;kg;1,60\n")
    assert "which produce is it?" in page.text


def test_each_line_says_what_it_becomes(day: Day, office: FlaskClient) -> None:
    for name in ("Panais", "Navets", "Choux"):
        produce(name)
    pack("Poireaux", "kg", cents=150)
    pack("Épinards", "kg", cents=320)
    ended = pack("Panais", "kg", cents=100)
    with write_tx() as session:
        end_pack(session, ended, now=day.at(7))
    page = look(
        office,
        "Produit;Unité;Prix HT\nPoireaux;kg;1,60\nÉpinards;kg;3,20\nPanais;kg;1\nNavets;kg;1,235\n"
        "Choux;kg;\n",
    )
    said = words(page)
    assert "1 new price 1 sold again 1 new pack 1 as before 1 left out" in said
    assert "€1.50 → €1.60" in said
    assert "1.235 € is rounded to the cent." in said
    take(office, page)
    assert ("Navets", "kg", 1000, 124) in prices()
    db.session.refresh(ended)
    assert ended.ended_at is None


@pytest.mark.parametrize(
    ("line", "doubt"),
    [
        ("Poireaux;caisse;9;10", "One held 8 kg before, and 10 now."),
        ("Poireaux;caisse;0;8", "The price is 0."),
        ("Poireaux;caisse;90;8", "The price was 9 € before."),
        ("Poireaux;g;1;", "That is 1000 € for one kg."),
    ],
)
def test_what_is_hardly_meant_is_asked_about_and_never_taken_in_silence(
    day: Day, office: FlaskClient, line: str, doubt: str
) -> None:
    pack("Poireaux", "crate", 8, cents=900)
    page = look(office, f"Produit;Unité;Prix HT;Contenance\n{line}\n")
    assert doubt in words(page)
    assert take(office, page).status_code == 422
    assert prices() == [("Poireaux", "crate", 8000, 900)]
    assert take(office, page, sure="y").status_code == 303
    assert prices() != [("Poireaux", "crate", 8000, 900)]


HEAD = "produit;unité;prix HT;contenance\nPoireaux;caisse;12,50;8\n"
BROKEN = [
    (HEAD + "Épinards;kg;-1;\n", "Line 3, column prix HT: “-1” is no price"),
    (HEAD + "Épinards;kg;cours du jour;\n", "Line 3, column prix HT: “cours du jour” is no price"),
    (HEAD + "\n\nÉpinards;kg;1e3;\n", "Line 5, column prix HT: “1e3” is no price"),
    (
        HEAD + "Poireaux;caisse;9;8\n",
        "Line 3, column produit: This produce and unit stand on line 2",
    ),
    (HEAD + "Épinards;caisse;9;0\n", "Line 3, column contenance: “0” says not how many kg"),
    (HEAD + ";kg;9;\n", "Line 3, column produit: The name of the produce is empty."),
    ("Produit,Unité,Prix HT\nÉpinards,kg,1,20\n", "Line 2: This line has 4 cells, but there are 3"),
]


def test_b12_a_broken_list_is_told_by_line_and_column_and_nothing_is_written(
    day: Day, office: FlaskClient
) -> None:
    for content, said in BROKEN:
        page = look(office, content)
        assert page.status_code == 422
        assert said in words(page)
        assert "Take all of it over" not in page.text
    assert prices() == []


def test_a_list_with_nothing_in_it_says_so(day: Day, office: FlaskClient) -> None:
    page = look(office, "produit;unité;prix HT\n")
    assert "Take all of it over" not in page.text
    page = look(office, "un texte\nsans tableau\n")
    assert "No line names its columns." in page.text


def test_the_same_is_said_in_french(day: Day, office: FlaskClient) -> None:
    office.set_cookie("language", "fr")
    page = look(office, HEAD + "Épinards;kg;cours;\n")
    said = "Ligne 3, colonne « prix HT » : « cours » n’est pas un prix comme 12,50."
    assert said in words(page)
    page = look(office, "Produit;Unité;Prix HT\nPorreaux;kg;1\nEpinars;kg;2\nChoux;kg;\n")
    assert "2 attendent votre réponse" in words(page)
    page = look(office, "Produit,Unité,Prix HT\nÉpinards,kg,1,20\n")
    assert "Ligne 2 : Cette ligne a 4 cases pour 3 titres de colonnes" in words(page)
