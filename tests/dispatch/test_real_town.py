"""A lunch in a real town: ordered by typing, planned on its streets, printed with its turns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from locomotive.addresses.search import find_address, suggestions
from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.maps.drawing import drawing_at
from locomotive.papers.sheet import sheet_of
from locomotive.papers.sheet_page import sheet_html
from locomotive.places.roads import map_folder, network_of
from routing.streets import Roads, great_circle, why_not
from tests.real_town import EXTRACT, KITCHEN, TOWN, addresses, real_town
from tests.service_day import Day

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not EXTRACT.exists(), reason="the extract of Saint-Germain is not at hand"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = real_town(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    with day.app.app_context():
        yield day
        db.session.remove()
        db.engine.dispose()


def test_a_lunch_is_typed_planned_and_printed_along_its_streets(town: Day) -> None:
    wanted = addresses(6, within=0.007)
    for number, address in enumerate(wanted):
        typed = address.street.lower().replace("rue", "r.").replace("avenue", "av")
        listed = suggestions(db.session(), typed, centre=KITCHEN)
        assert f"{address.street}, {TOWN}" in [one.text for one in listed], typed
        found = find_address(db.session(), f"{typed} {TOWN.upper()}", centre=KITCHEN)
        assert found == address
        town.order(f"Nadia {number}", place=found, slot=(12, 15 * (number % 2)))
    rounds = town.plan()
    assert sum(len(round_.stops) for round_ in rounds) >= 4
    network = network_of(db.session())
    folder = map_folder(db.session())
    assert folder is not None
    assert not network.is_estimated
    roads = Roads(folder)
    for round_ in rounds:
        sheet = sheet_of(round_, depot=KITCHEN, network=network, drawing=drawing_at(folder))
        points = [KITCHEN, *(stop.point for stop in round_.stops), KITCHEN]
        assert not sheet.map.is_estimated
        assert len(sheet.legs) == len(points) - 1
        for number, (leg, one, two) in enumerate(zip(sheet.legs, points, points[1:], strict=False)):
            # The line drawn starts and ends at the stops, and the turns lie along it.
            assert great_circle(leg.shape[0], one) < 300
            assert great_circle(leg.shape[-1], two) < 300
            assert all(turn.at < len(leg.shape) for turn in leg.turns)
            assert abs(sum(t.metres for t in leg.turns) - leg.metres) <= 10 + 6 * len(leg.turns)
            for turn in leg.turns:
                if turn.street and turn.metres > 40:
                    assert turn.street in streets_at(roads, leg.shape, turn.at), turn
            told = " ".join(turn.street for turn in sheet.turns(number))
            assert told or leg.metres < 60
        with town.app.test_request_context(base_url="http://127.0.0.1:8000"):
            page = sheet_html(round_, is_pdf=True)
        assert "OpenStreetMap" in page
        assert "Estimated distances" not in page
        assert 'class="turns"' in page
        # The planned rides are those of the streets.
        seconds, _ = roads.between([KITCHEN], [round_.stops[0].point])
        ride = (round_.stops[0].arrives_at - round_.departs_at).total_seconds()
        assert ride == pytest.approx(seconds[0][0], abs=2)


def streets_at(roads: Roads, shape: tuple[tuple[float, float], ...], at: int) -> set[str]:
    """The names of the streets where a turn leads, looked up on the map."""
    names: set[str] = set()
    for place in shape[at : at + 6]:
        answer = roads._ask(
            "locate",
            {"locations": [{"lat": place[0], "lon": place[1], "radius": 12}], "verbose": True},
            [place],
        )
        for edge in answer[0].get("edges") or []:
            names.update(edge["edge_info"]["names"])
    return names
