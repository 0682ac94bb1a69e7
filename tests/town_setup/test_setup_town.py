"""One command fetches streets and addresses, proves them, and only then puts them in force."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from locomotive.addresses.search import find_address
from locomotive.addresses.street import HouseNumber
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.places.dataset import last_dataset
from locomotive.places.roads import network_of
from locomotive.town.proof import ROADS_SENTENCES
from locomotive.town.setup import begin_setup, is_due, last_setup
from locomotive.worker.roads import set_up_town
from routing.streets import why_not
from tests.ban import ban_file
from tests.mirror import Mirror, Shelf, mirrored
from tests.service_day import Browser, Day, lay_lunch, leave, new_app
from tests.town import EAST, KITCHEN, NORTH, SIZE, crossing, town

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


def rows(numbers: int = 40, *, moved: float = 0.0) -> list[dict[str, str]]:
    """The numbers of the grid's streets, all in Oignies; `moved` degrees to the north."""
    made = []
    for row in range(SIZE):
        lat, lon = crossing(0, row)
        for number in range(1, numbers + 1):
            made.append(
                {
                    "numero": str(number),
                    "nom_voie": f"Rue {row}",
                    "code_postal": "62590",
                    "code_insee": "62637",
                    "nom_commune": "Oignies",
                    "lat": f"{lat + moved:.6f}",
                    "lon": f"{lon + EAST * (SIZE - 1) * number / (numbers + 1):.6f}",
                }
            )
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("files")
    half = ban_file(folder / "half.csv", rows(20)).read_bytes()
    whole = ban_file(folder / "whole.csv", rows()).read_bytes()
    return {
        "map": town(folder / "town.osm.pbf").read_bytes(),
        "whole": whole,
        "half": half,
        "cut": whole[: len(whole) - 25],
        "afar": ban_file(folder / "afar.csv", rows(moved=5 * NORTH / 2)).read_bytes(),
    }


@pytest.fixture(scope="module")
def server() -> Iterator[Mirror]:
    with mirrored() as mirror:
        yield mirror


@pytest.fixture(scope="module")
def day(
    server: Mirror, files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Day]:
    """A house whose town was set up by the command, in French."""
    where: dict[str, Any] = {"zone_km": 1.0, "departments": ("62",)}
    app = new_app(
        tmp_path_factory.mktemp("house"),
        streets_url=f"{server.address}/map.osm.pbf",
        addresses_url=f"{server.address}/adresses-{{department}}.csv",
        **where,
    )
    app.test_client_class = Browser
    with app.app_context():
        lay_lunch()
        yield Day(app)
        leave(app)


def laid(server: Mirror, files: dict[str, bytes], **shelves: Any) -> None:
    server.shelves = {
        "map.osm.pbf": Shelf(files["map"], md5=""),
        "adresses-62.csv": Shelf(files["whole"]),
        **{f"{name}": shelf for name, shelf in shelves.items()},
    }


def command(day: Day, *options: str) -> tuple[int, str]:
    db.session.remove()
    done = day.app.test_cli_runner().invoke(args=["setup-town", *options])
    db.session.rollback()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.exit_code, done.output


def in_force() -> tuple[int, str]:
    made = last_dataset(db.session(), "roads")
    count = db.session.scalar(select(func.count()).select_from(HouseNumber)) or 0
    return count, made.version if made else ""


@pytest.fixture(scope="module")
def output(day: Day, server: Mirror, files: dict[str, bytes]) -> str:
    assert network_of(db.session()).is_estimated
    laid(server, files)
    code, output = command(day)
    assert code == 0, output
    return output


def test_it_says_in_french_what_was_proven_and_what_is_in_force(day: Day, output: str) -> None:
    assert "téléchargement de adresses-62.csv" in output
    assert f"Adresses à Oignies\xa0: {40 * SIZE}" in output
    assert output.count("depuis la cuisine") == 5
    assert "100 % des adresses sont au bord d’une rue." in output
    assert "Rues en vigueur\xa0: map.osm.pbf" in output
    assert "Addresses" not in output
    assert not network_of(db.session()).is_estimated
    found = find_address(db.session(), "12 rue 3, Oignies", centre=KITCHEN)
    assert found.street == "12 Rue 3"
    folder = Path(day.app.extensions["settings"].instance) / "town"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "shelf", "sentence"),
    [
        ("adresses-62.csv", "half", "180 adresses là où 360 sont en vigueur"),
        ("adresses-62.csv", "cut", "la dernière ligne est coupée"),
        ("map.osm.pbf", "half", "La carte est illisible"),
    ],
)
def test_what_is_less_or_broken_is_refused_and_what_is_in_force_stays(
    day: Day, output: str, server: Mirror, files: dict[str, bytes], name: str, shelf: str,
    sentence: str,
) -> None:  # fmt: skip
    stood = in_force()
    laid(server, files, **{name: Shelf(files[shelf])})
    code, said = command(day)
    assert code == 1
    assert sentence in said
    assert "Rien n’a changé." in said
    assert in_force() == stood
    page = day.signed_in("manager", language="fr").get("/office/town")
    assert sentence in page.text
    assert "Rues en vigueur" in page.text


@pytest.mark.full
def test_addresses_of_another_place_are_not_put_beside_these_streets(
    day: Day, output: str, server: Mirror, files: dict[str, bytes]
) -> None:
    stood = in_force()
    laid(server, files, **{"adresses-62.csv": Shelf(files["afar"])})
    code, said = command(day)
    assert code == 1
    assert "au bord d’une rue" in said or "Aucun chemin" in said
    assert in_force() == stood


@pytest.mark.full
def test_the_manager_asks_the_worker_and_sees_how_far_it_is(
    day: Day, output: str, server: Mirror, files: dict[str, bytes]
) -> None:
    laid(server, files)
    office = day.signed_in("manager")
    assert office.post("/office/town").status_code == 303
    setup = last_setup(db.session())
    assert setup is not None
    assert "waiting for the worker" in office.get("/office/town").text.lower()
    assert "being fetched already" in office.post("/office/town", follow_redirects=True).text
    set_up_town(setup.id)
    db.session.rollback()
    text = office.get("/office/town").text
    assert "Streets in force" in text
    assert "data-running" not in text
    setup = last_setup(db.session())
    assert setup is not None
    assert setup.step == "done"


def test_it_is_renewed_when_the_settings_wish_it_and_not_sooner(day: Day, output: str) -> None:
    now = clock.now()
    assert not is_due(db.session(), days=0, now=now)
    assert not is_due(db.session(), days=30, now=now)
    assert is_due(db.session(), days=30, now=now.replace(year=now.year + 1))


def test_a_run_that_died_is_said_and_blocks_nobody(day: Day, output: str) -> None:
    now = clock.now()
    with write_tx() as session:
        begin_setup(session, now=now.replace(year=now.year - 1))
    text = day.signed_in("manager").get("/office/town").text
    assert "stopped in the middle of it" in text
    with write_tx() as session:
        assert begin_setup(session, now=now).id


def test_whatever_the_maker_of_roads_says_is_in_the_catalogue() -> None:
    said = {
        call.args[0].value
        for path in (Path(__file__).parents[2] / "routing/streets").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "RoadsUnusable"
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(said) >= 7
    assert said <= set(ROADS_SENTENCES)


def test_doctor_and_the_first_page_say_how_old_they_are(day: Day, output: str) -> None:
    text = day.signed_in("manager").get("/office/").text
    assert "Age in days: 0" in text
    assert "Distances are estimated" not in text
