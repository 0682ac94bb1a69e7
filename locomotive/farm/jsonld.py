"""Lots and movements as JSON-LD with the vocabulary of the Data Food Consortium.

The terms are those of DFC 2.0.0 (w3id.org/dfc/ontology): a lot is a `ProductBatch` that traces
a `PhysicalProduct` and identifies a `RealStock`; its producer is an `Enterprise`. The context
stands in the file itself, so that nothing has to be fetched to read it.
"""

from collections.abc import Iterable
from typing import Any

from .lot import Lot
from .produce import Produce
from .unit import plain

DFC = "http://w3id.org/dfc/ontology/v2.0.0/src/DFC_BusinessOntology.owl#"
MEASURES = "http://w3id.org/dfc/taxonomies/v2.0.0/measures.rdf#"
LINKS = (
    "suppliedBy", "references", "traces", "identifies", "hasQuantity", "hasUnit", "represents",
    "hasOutput", "hasInput", "hasPrice",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "dfc-b": DFC,
    "dfc-m": MEASURES,
    **{f"dfc-b:{name}": {"@type": "@id"} for name in LINKS},
}
UNIT_TERMS = {"kg": "dfc-m:Kilogram", "l": "dfc-m:Litre", "piece": "dfc-m:Piece"}
FLOWS = {
    "received": "dfc-b:AsRealizedProductionFlow",
    "used": "dfc-b:AsRealizedConsumptionFlow",
    "wasted": "dfc-b:AsRealizedConsumptionFlow",
    "corrected": "dfc-b:AsRealizedProductionFlow",
}


def quantity(amount: int, produce: Produce) -> dict[str, str]:
    """An amount with its unit."""
    return {
        "@type": "dfc-b:QuantitativeValue",
        "dfc-b:value": plain(amount),
        "dfc-b:hasUnit": UNIT_TERMS[produce.unit],
    }


def document(lots: Iterable[Lot], *, base: str) -> dict[str, Any]:
    """The lots with their suppliers, produce and movements; `base` begins every identity."""
    graph: dict[str, dict[str, Any]] = {}
    for lot in lots:
        for node in _nodes(lot, base):
            graph.setdefault(node["@id"], node)
    return {"@context": CONTEXT, "@graph": list(graph.values())}


def _nodes(lot: Lot, base: str) -> Iterable[dict[str, Any]]:
    farm = f"{base}/farm/suppliers/{lot.supplier_id}"
    supplied = f"{base}/farm/produce/{lot.produce_id}"
    product = f"{base}/farm/lots/{lot.id}#product"
    yield {"@id": farm, "@type": "dfc-b:Enterprise", "dfc-b:name": lot.supplier.name}
    yield {"@id": supplied, "@type": "dfc-b:SuppliedProduct", "dfc-b:name": lot.produce.name}
    yield {
        "@id": product,
        "@type": "dfc-b:PhysicalProduct",
        "dfc-b:represents": supplied,
        "dfc-b:suppliedBy": farm,
        "dfc-b:hasQuantity": quantity(lot.received, lot.produce),
    }
    yield {
        "@id": f"{base}/farm/lots/{lot.id}#stock",
        "@type": "dfc-b:RealStock",
        "dfc-b:hasQuantity": quantity(lot.stock, lot.produce),
    }
    yield _batch(lot, base, product)
    for movement in lot.movements:
        yield {
            "@id": f"{base}/farm/lots/{lot.id}#movement-{movement.id}",
            "@type": FLOWS[movement.kind],
            "dfc-b:description": movement.reason or movement.kind,
            "dfc-b:date": movement.at.isoformat(),
            "dfc-b:hasQuantity": quantity(movement.delta, lot.produce),
            ("dfc-b:hasInput" if movement.delta < 0 else "dfc-b:hasOutput"): product,
        }


def _batch(lot: Lot, base: str, product: str) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@id": f"{base}/farm/lots/{lot.id}",
        "@type": "dfc-b:ProductBatch",
        "dfc-b:batchNumber": lot.mark or lot.name,
        "dfc-b:traces": product,
        "dfc-b:identifies": f"{base}/farm/lots/{lot.id}#stock",
    }
    if lot.use_by is not None:
        node["dfc-b:expiryDate"] = lot.use_by.isoformat()
    if lot.harvested_on is not None:
        node["dfc-b:productionDate"] = lot.harvested_on.isoformat()
    return node
