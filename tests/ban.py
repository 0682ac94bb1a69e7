"""Address files as the Base Adresse Nationale gives them, made of a few streets of the zone."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

CURRENT = [
    *("id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee"),
    *("nom_commune", "code_insee_ancienne_commune", "nom_ancienne_commune", "x", "y", "lon"),
    *("lat", "type_position", "alias", "nom_ld", "libelle_acheminement", "nom_afnor"),
    *("source_position", "source_nom_voie", "certification_commune", "cad_parcelles"),
]
TOWNS = {
    "Oignies": ("62637", "62590", 50.4697, 2.9936),
    "Carvin": ("62215", "62220", 50.4900, 2.9600),
    "Libercourt": ("62907", "62820", 50.4826, 3.0000),
    "Hénin-Beaumont": ("62427", "62110", 50.4300, 2.9600),
    "Ostricourt": ("59452", "59162", 50.4572, 3.0332),
    "Lens": ("62498", "62300", 50.4292, 2.8319),
}
STREETS = {
    "Oignies": [
        "Rue Émile Zola",
        "Rue des 80 Fusillés",
        "Place de la IVe République",
        "Rue du 8 Mai 1945",
        "Rue Pasteur",
        "Rue Jean Jaurès",
        "Rue Baron d'Huart",
        "Allée du Docteur Schweitzer",
        "Rue de Lens",
    ],
    "Carvin": ["Avenue Jean Jaurès", "Rue Sainte-Barbe", "Rue Édouard Plachez"],
    "Libercourt": ["Rue Jean Jaurès", "Rue André Pantigny", "Boulevard Faidherbe"],
    "Hénin-Beaumont": ["Boulevard Jean Moulin", "Rue Élie Gruyelle"],
    "Ostricourt": ["Rue Florent Évrard", "Rue du Général de Gaulle"],
    "Lens": ["Rue Victor Hugo"],
}


def rows(numbers: Iterable[int] = range(1, 41)) -> list[dict[str, str]]:
    """Every street with these numbers, 12 bis in Carvin, and a pseudo-number in each."""
    made = []
    for town, streets in STREETS.items():
        insee, postcode, lat, lon = TOWNS[town]
        for at, street in enumerate(streets):
            houses = [(number, "") for number in numbers] + [(9001 + at, "")]
            houses += [(12, "bis")] if town == "Carvin" else []
            for number, suffix in houses:
                made.append(
                    {
                        "id": f"{insee}_{at}_{number}",
                        "numero": str(number),
                        "rep": suffix,
                        "nom_voie": street,
                        "code_postal": postcode,
                        "code_insee": insee,
                        "nom_commune": town,
                        "lon": f"{lon + 0.0004 * at:.6f}",
                        "lat": f"{lat + 0.00002 * (number % 1000) + 0.0005 * at:.6f}",
                    }
                )
    return made


def ban_file(
    path: Path,
    lines: Iterable[dict[str, str]],
    *,
    columns: Iterable[str] = CURRENT,
    encoding: str = "utf-8",
) -> Path:
    """Write an address file."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(
            file, list(columns), delimiter=";", extrasaction="ignore", restval=""
        )
        writer.writeheader()
        writer.writerows(lines)
    return path
