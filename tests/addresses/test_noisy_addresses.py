"""What people type finds theirs, whatever they leave out, shorten or add."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from locomotive.addresses.search import suggestions
from locomotive.core.db import db
from tests.noisy import REAL, noisy
from tests.noisy_town import KITCHEN, answered, noisy_town
from tests.service_day import Day

pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the real address file is not at hand")
LEAST_RIGHT = 0.975


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with noisy_town(tmp_path_factory.mktemp("noisy")) as day:
        yield day


@pytest.mark.parametrize("seed", [pytest.param(3, marks=pytest.mark.full), 4])
def test_of_noisy_addresses_the_first_is_right(day: Day, seed: int) -> None:
    sample = noisy(400 if seed == 3 else 60, seed)
    missed = [one for one in sample if answered(one.typed) != one.meant]
    assert 1 - len(missed) / len(sample) >= LEAST_RIGHT, missed


def test_the_measure_can_fail(day: Day) -> None:
    moved = [(one.typed, other.meant) for one, other in zip(noisy(9, 4), noisy(9, 5), strict=True)]
    assert sum(answered(typed) == meant for typed, meant in moved) / len(moved) < LEAST_RIGHT


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("8 rue 1814", "8 Rue 1814, Oignies"),
        ("8, rue de 1814 oignies", "8 Rue 1814, Oignies"),
        ("42 A bis rue du bois dion", "42A bis Rue du Bois Dion, Oignies"),
        ("42A bis, rue du bois dion, oignies", "42A bis Rue du Bois Dion, Oignies"),
        ("42 a rue du bois dion", "42A Rue du Bois Dion, Oignies"),
        ("5 rue du huit mai, oignies", "5 Rue du 8 Mai 1945, Oignies"),
        ("5 rue huit mai mil neuf cent quarante cinq oignies", "5 Rue du 8 Mai 1945, Oignies"),
        ("4 place du dix-neuf mars 1962", "4 place du 19 mars 1962, Mont-Bonvillers"),
        ("appt 12 4 rue pasteur", "4 Rue Pasteur, Oignies"),
        ("4 rue pasteur appt 12, 1er étage", "4 Rue Pasteur, Oignies"),
        ("bâtiment C 2e étage porte 4 7 rue pasteur", "7 Rue Pasteur, Oignies"),
        ("n°7 rue pasteur 62950 oignies", "7 Rue Pasteur, Oignies"),
        ("mairie", "Place de la IVe République, Oignies"),
        ("mairie oignies", "Place de la IVe République, Oignies"),
        ("mediateque", "15 rue Pasteur, Oignies"),
        ("5 rue de Paris, Paris", "OutsideZone Paris"),
        ("5 rue pasteur 75011 Paris", "OutsideZone Paris"),
        ("5 rue de Lens, Lens", "OutsideZone Lens"),
        ("5 rue de Lens", "5 Rue de Lens, Oignies"),
        ("5 rue de Paris", "5 Rue de Paris, Carvin"),
    ],
)
def test_what_was_hard_once(day: Day, typed: str, meant: str) -> None:
    assert answered(typed) == meant


def test_a_named_place_is_offered_before_the_streets(day: Day) -> None:
    offered = [one.text for one in suggestions(db.session(), "mairie", centre=KITCHEN)]
    assert offered[0] == "Mairie d’Oignies"
    # A number means a street.
    assert "Mairie" not in answered("3 rue de la mairie")
