"""The manager imports the official addresses of the zone."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select

from locomotive.addresses.search import AddressUnsure, NumberMissing, find_address, suggestions
from locomotive.addresses.street import HouseNumber, Town
from locomotive.core.db import db
from locomotive.places.dataset import last_dataset
from locomotive.places.zone import OutsideZone
from tests.ban import CURRENT, ban_file, rows
from tests.service_day import Day

REAL = Path(__file__).parents[3] / "shared/data/ban/ban-54084-mont-bonvillers.csv"
KITCHEN = (50.4658, 2.9968)


def imported(day: Day, *files: Path) -> Result:
    db.session.remove()
    return day.app.test_cli_runner().invoke(args=["import-addresses", *map(str, files)])


def found_or_offered(typed: str) -> str:
    """The address that is taken, or the first one of the question."""
    try:
        found = find_address(db.session(), typed, centre=KITCHEN)
    except AddressUnsure as refusal:
        return str(refusal.values["suggestions"][0])
    return f"{found.street}, {found.town}"


def numbers() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(HouseNumber)) or 0


@pytest.fixture
def official(day: Day, tmp_path: Path) -> Day:
    done = imported(day, ban_file(tmp_path / "adresses-62.csv", rows()))
    assert done.exit_code == 0, done.output
    return day


def test_the_towns_of_the_zone_are_kept_and_the_others_known_by_name(official: Day) -> None:
    served = dict(db.session.execute(select(Town.name, Town.is_served)).all())
    assert served["Oignies"]
    assert served["Ostricourt"]
    assert not served["Lens"]
    # 19 streets of 40 numbers, three of them with a "12 bis"; no pseudo-number.
    assert numbers() == 19 * 40 + 3
    made = last_dataset(db.session(), "addresses")
    assert made is not None
    assert made.count == numbers()


@pytest.mark.parametrize(
    ("typed", "street", "town"),
    [
        ("3 rue E. Zolla Oignies", "3 Rue Émile Zola", "Oignies"),
        ("12bis av. Jean Jaurès Carvin", "12 bis Avenue Jean Jaurès", "Carvin"),
        ("5, 80 fusillés oignies", "5 Rue des 80 Fusillés", "Oignies"),
        ("7 rue du 8 mai 45 oignies", "7 Rue du 8 Mai 1945", "Oignies"),
        ("2 pl 4eme republique", "2 Place de la IVe République", "Oignies"),
        ("4 bd jean moulin henin", "4 Boulevard Jean Moulin", "Hénin-Beaumont"),
        ("9 all. dr schweitzer", "9 Allée du Docteur Schweitzer", "Oignies"),
        ("11 r ste barbe 62220", "11 Rue Sainte-Barbe", "Carvin"),
        ("6 rue baron dhuart oignies", "6 Rue Baron d'Huart", "Oignies"),
        ("8 rue florent evrad ostricourt", "8 Rue Florent Évrard", "Ostricourt"),
    ],
)
def test_what_people_type_finds_theirs(official: Day, typed: str, street: str, town: str) -> None:
    assert found_or_offered(typed) == f"{street}, {town}"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("80 fusillés oignies", "Rue des 80 Fusillés, Oignies"),
        ("8 mai 1945", "Rue du 8 Mai 1945, Oignies"),
        ("henin", "Boulevard Jean Moulin, Hénin-Beaumont"),
        ("emil", "Rue Émile Zola, Oignies"),
        ("12 plach", "12 Rue Édouard Plachez, Carvin"),
        ("rue Émile Zola, Oignies", "1 Rue Émile Zola, Oignies"),
        ("3 rue Émile Zola, Oignies", "3 Rue Émile Zola, Oignies"),
    ],
)
def test_while_typing_the_right_line_comes_first(official: Day, typed: str, first: str) -> None:
    found = [one.text for one in suggestions(db.session(), typed, centre=KITCHEN)]
    if typed == "henin":
        assert all(text.endswith("Hénin-Beaumont") for text in found[:2])
    else:
        assert found[0] == first


def test_the_list_under_the_field_is_served_and_escaped(official: Day) -> None:
    client = official.app.test_client()
    answer = client.get("/addresses", query_string={"address": "zol"})
    assert 'data-address="Rue Émile Zola, Oignies"' in answer.text
    assert client.get("/addresses?address=zo").text.strip() == ""
    assert client.get("/addresses").text.strip() == ""
    assert client.get("/addresses", query_string={"address": "🥕" * 300}).status_code == 200


def test_a_number_that_is_missing_goes_to_its_nearest_neighbour(official: Day) -> None:
    found = find_address(db.session(), "44 rue Pasteur Oignies", centre=KITCHEN)
    assert (found.street, found.nearest) == ("44 Rue Pasteur", "40")


def test_a_street_alone_asks_for_its_number(official: Day) -> None:
    with pytest.raises(NumberMissing) as refused:
        find_address(db.session(), "rue Pasteur, Oignies", centre=KITCHEN)
    assert "s/n Rue Pasteur, Oignies" in refused.value.values["suggestions"]


def test_one_street_name_in_two_towns_is_a_question(official: Day) -> None:
    with pytest.raises(AddressUnsure) as refused:
        find_address(db.session(), "12 rue Jean Jaurès", centre=KITCHEN)
    assert refused.value.values["suggestions"][:2] == [
        "12 Rue Jean Jaurès, Oignies",
        "12 Rue Jean Jaurès, Libercourt",
    ]


def test_a_town_out_of_reach_is_named(official: Day) -> None:
    with pytest.raises(OutsideZone) as refused:
        find_address(db.session(), "12 rue Victor Hugo, Lens", centre=KITCHEN)
    assert refused.value.values["town"] == "Lens"
    # A street that bears the far town's name is ours.
    assert find_address(db.session(), "12 rue de Lens, Oignies", centre=KITCHEN).town == "Oignies"


def test_the_old_column_order_and_cp1252_are_read_alike(day: Day, tmp_path: Path) -> None:
    old = [c if c != "code_postal" else "code_post" for c in reversed(CURRENT)]
    lines = [row | {"code_post": row["code_postal"]} for row in rows()]
    file = ban_file(tmp_path / "old.csv", lines, columns=old, encoding="cp1252")
    packed = tmp_path / "old.csv.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert imported(day, packed).exit_code == 0
    assert find_address(db.session(), "3 rue emile zola oignies", centre=KITCHEN).street == (
        "3 Rue Émile Zola"
    )


def swapped(row: dict[str, str]) -> dict[str, str]:
    return row | {"lon": row["lat"], "lat": row["lon"]}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([swapped(row) for row in rows()], "longitude et latitude sont échangées"),
        ([row | {"lat": "north"} for row in rows()], "aucune adresse utilisable"),
        ([row | {"lat": "43.3", "lon": "5.4"} for row in rows()], "aucune adresse dans la zone"),
        ([], "aucune adresse utilisable"),
    ],
)
def test_a_wrong_file_is_refused_and_the_addresses_stay(
    official: Day, tmp_path: Path, content: list[dict[str, str]], sentence: str
) -> None:
    stood = numbers()
    refused = imported(official, ban_file(tmp_path / "wrong.csv", content))
    assert refused.exit_code == 1
    assert sentence in refused.output
    assert "Rien n’a changé." in refused.output
    assert numbers() == stood > 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"numero;nom_voie\n1;Rue\n", "la colonne code_insee manque"),
        (b"\x1f\x8b broken", "est illisible"),
        (b"", "manque"),
    ],
)
def test_a_file_that_is_none_is_refused(
    day: Day, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_bytes(content)
    refused = imported(day, file)
    assert refused.exit_code == 1
    assert sentence in refused.output


@pytest.mark.skipif(not REAL.exists(), reason="the real address file is not at hand")
def test_the_real_file_of_a_mining_town_is_read(day: Day) -> None:
    from locomotive.addresses.ban import collect

    found = collect([REAL], is_inside=lambda point: True)
    assert len(found.streets) == 22
    assert found.left_out["without a true number"] > 0
    lines = [line for lines in found.streets.values() for line in lines]
    assert all(line.number is None or line.number < 5000 for line in lines)
    assert found.numbers == 501 - 45
    assert {line.suffix for line in lines} >= {"bis", "ter"}


def test_half_a_file_does_not_replace_a_whole_one(official: Day, tmp_path: Path) -> None:
    stood = numbers()
    half = ban_file(tmp_path / "half.csv", rows(range(1, 21)))
    refused = imported(official, half)
    assert refused.exit_code == 1
    assert f"{19 * 20 + 3} adresses là où {stood} sont en vigueur" in refused.output
    assert numbers() == stood
    content = ban_file(tmp_path / "cut.csv", rows()).read_bytes()
    (tmp_path / "cut.csv").write_bytes(content[:-30])
    assert "la dernière ligne est coupée" in imported(official, tmp_path / "cut.csv").output
    assert numbers() == stood
    db.session.remove()
    runner = official.app.test_cli_runner()
    assert runner.invoke(args=["import-addresses", str(half), "--anyway"]).exit_code == 0
    assert numbers() == 19 * 20 + 3
