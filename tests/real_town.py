"""A lunch in a real town: the streets of Saint-Germain-en-Laye, and addresses made of them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from locomotive.core.db import db
from locomotive.places.address import Address
from tests.ban import ban_file
from tests.service_day import Browser, Day, lay_lunch, new_app

EXTRACT = Path(__file__).parents[2] / "shared/data/osm/fr-saint-germain-en-laye-2022-12.osm.pbf"
KITCHEN = (48.8975, 2.0938)
TOWN, INSEE, POSTCODE = "Saint-Germain-en-Laye", "78551", "78100"
ZONE_KM = 2.5


def address_rows() -> list[dict[str, str]]:
    """An address file's lines: a number every 25 m along the named streets of the town."""
    import osmium

    rows, numbers = [], dict[str, int]()
    south, north = KITCHEN[0] - 0.02, KITCHEN[0] + 0.02
    west, east = KITCHEN[1] - 0.03, KITCHEN[1] + 0.03
    ways = osmium.FileProcessor(str(EXTRACT)).with_locations()
    for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
        name = way.tags.get("name", "") if way.is_way() else ""
        if not name or way.tags["highway"] not in ("residential", "tertiary", "living_street"):
            continue
        for node in way.nodes:
            if not (node.location.valid() and south < node.lat < north and west < node.lon < east):
                continue
            numbers[name] = numbers.get(name, 0) + 1
            rows.append(
                {
                    "numero": str(numbers[name]),
                    "nom_voie": name,
                    "code_postal": POSTCODE,
                    "code_insee": INSEE,
                    "nom_commune": TOWN,
                    "lat": f"{node.lat:.6f}",
                    "lon": f"{node.lon:.6f}",
                }
            )
    return rows


def real_town(folder: Path) -> Day:
    """The lunch's day at Saint-Germain, its streets and its addresses imported."""
    where: dict[str, Any] = {"latitude": KITCHEN[0], "longitude": KITCHEN[1], "zone_km": ZONE_KM}
    app = new_app(folder, planner_seconds=2.0, **where)
    app.test_client_class = Browser
    runner = app.test_cli_runner()
    streets, numbers = str(EXTRACT), ban_file(folder / "adresses-78.csv", address_rows())
    with app.app_context():
        lay_lunch()
        db.session.remove()
        for command in (["import-roads", streets], ["import-addresses", str(numbers)]):
            done = runner.invoke(args=command)
            assert done.exit_code == 0, (done.output, done.exception)
        db.session.remove()
    return Day(app)


def addresses(count: int, *, seed: int = 1, within: float = 0.012) -> list[Address]:
    """Real addresses around the kitchen, the same for the same seed."""
    rows = [
        row
        for row in address_rows()
        if abs(float(row["lat"]) - KITCHEN[0]) < within
        and abs(float(row["lon"]) - KITCHEN[1]) < 1.4 * within
    ]
    return [
        Address(
            "", f"{row['numero']} {row['nom_voie']}", TOWN, float(row["lat"]), float(row["lon"])
        )
        for row in random.Random(seed).sample(rows, count)
    ]
