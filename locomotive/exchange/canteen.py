"""Purchases in the columns that ma-cantine, the state's platform, imports by SIRET."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..farm.lot import OVERSEAS, Lot
from ..web.spreadsheet import cell

# As the schema of 2026 names them.
CANTEEN = (
    "siret", "description", "fournisseur", "date", "prix_ht", "famille_produits",
    "categories_egalim", "origine", "est_circuit_court", "est_local", "definition_local",
)  # fmt: skip
FAMILIES = {
    "meat": "VIANDES_VOLAILLES", "fish": "PRODUITS_DE_LA_MER", "dairy": "PRODUITS_LAITIERS",
    "vegetable": "FRUITS_ET_LEGUMES", "fruit": "FRUITS_ET_LEGUMES", "herb": "FRUITS_ET_LEGUMES",
    "grocery": "AUTRES",
}  # fmt: skip


def canteen_rows(session: Session, year: int, siret: str) -> Iterator[list[str]]:
    """One row for each lot that was kept and has a price: the import refuses one without."""
    days = date(year, 1, 1), date(year, 12, 31)
    query = select(Lot).where(Lot.received_on.between(*days), Lot.refused_because == "")
    for lot in session.scalars(query.where(Lot.cost_cents > 0).order_by(Lot.id)):
        is_near = lot.supplier.is_neighbour
        yield [
            siret, cell(lot.produce.name), cell(lot.supplier.name), lot.received_on.isoformat(),
            f"{(lot.cost_cents or 0) / 100:.2f}", FAMILIES[lot.produce.kind], lot.labels,
            _origin(lot), *(("OUI", "OUI", "AUTOUR_SERVICE") if is_near else ("", "", "")),
        ]  # fmt: skip


def _origin(lot: Lot) -> str:
    """FRANCE or EUROPE, where the meat's countries or the neighbouring farm tell; else nothing."""
    countries = {lot.born_in, lot.reared_in, lot.slaughtered_in} - {""}
    if countries:
        is_french = countries == {"FR"}
        return "FRANCE" if is_french else "" if countries & OVERSEAS else "EUROPE"
    return "FRANCE" if lot.supplier.is_neighbour else ""
