"""What is bought and received as JSON-LD with the vocabulary of the Data Food Consortium.

The terms are those of DFC 2.0.0 (w3id.org/dfc/ontology), used in their domains and with their
types: a supplier is an `Organization` that manages the `CatalogItem`s of its `Catalog`, each with
an `Offer` and its `Price`; a lot is a `ProductBatch` that traces a `PhysicalProduct` and
identifies a `RealStock`. The context stands in the file itself, so that nothing has to be fetched
to read it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from .lot import Lot, LotMovement
from .produce import Produce
from .supplier import Pack, Supplier
from .unit import ONE

DFC = "http://w3id.org/dfc/ontology/v2.0.0/src/DFC_BusinessOntology.owl#"
MEASURES = "http://w3id.org/dfc/taxonomies/v2.0.0/measures.rdf#"
XSD = "http://www.w3.org/2001/XMLSchema#"
LINKS = (
    "suppliedBy", "supplies", "manages", "managedBy", "references", "referencedBy",
    "offeredThrough", "offers", "hasPrice", "represents", "hasReference", "traces", "tracedBy",
    "identifies", "identifiedBy", "hasQuantity", "hasUnit", "consumes", "produces",
    "maintains", "maintainedBy", "lists", "listedIn", "constitutes",
)  # fmt: skip
TYPED = {"value": "float", "date": "dateTime", "expiryDate": "date", "productionDate": "date"}
CONTEXT: dict[str, Any] = {
    "dfc-b": DFC,
    "dfc-m": MEASURES,
    "xsd": XSD,
    **{f"dfc-b:{name}": {"@type": "@id"} for name in LINKS},
    **{f"dfc-b:{name}": {"@type": f"xsd:{kind}"} for name, kind in TYPED.items()},
}
UNIT_TERMS = {"kg": "dfc-m:Kilogram", "l": "dfc-m:Litre", "piece": "dfc-m:Piece"}

Node = dict[str, Any]


def quantity(amount: int, produce: Produce) -> Node:
    """An amount with its unit."""
    return {
        "@type": "dfc-b:QuantitativeValue",
        "dfc-b:value": amount / ONE,
        "dfc-b:hasUnit": UNIT_TERMS[produce.unit],
    }


def document(lots: Iterable[Lot], packs: Iterable[Pack] = (), *, base: str) -> Node:
    """The lots with their movements, the packs with their prices, and whose they are; `base`
    begins every identity."""
    graph: dict[str, Node] = {}
    for nodes in (*(_of_pack(p, base) for p in packs), *(_of_lot(lot, base) for lot in lots)):
        for node in nodes:
            _merge(graph.setdefault(node["@id"], {}), node)
    return {"@context": CONTEXT, "@graph": list(graph.values())}


def _merge(into: Node, node: Node) -> None:
    """Let a node say what both say; links to several things become lists."""
    for key, value in node.items():
        before = into.get(key, value)
        if before == value:
            into[key] = value
        else:
            known = before if isinstance(before, list) else [before]
            into[key] = known if value in known else [*known, value]


def _farm(supplier: Supplier, base: str) -> str:
    return f"{base}/farm/suppliers/{supplier.id}"


def _supplier(supplier: Supplier, base: str, **links: str) -> Node:
    node = {
        "@id": _farm(supplier, base),
        "@type": "dfc-b:Organization",
        "dfc-b:name": supplier.name,
    }
    return node | {f"dfc-b:{name}": value for name, value in links.items()}


def _of_pack(pack: Pack, base: str) -> Iterator[Node]:
    """A catalogue item: the product as it is sold, its offer and its price."""
    farm = _farm(pack.supplier, base)
    item, product = f"{farm}#item-{pack.id}", f"{farm}#pack-{pack.id}"
    listed = f"{farm}#catalog"
    yield _supplier(pack.supplier, base, manages=item, supplies=product, maintains=listed)
    yield {
        "@id": listed,
        "@type": "dfc-b:Catalog",
        "dfc-b:maintainedBy": farm,
        "dfc-b:lists": item,
    }
    yield {
        "@id": product,
        "@type": "dfc-b:SuppliedProduct",
        "dfc-b:name": pack.produce.name,
        "dfc-b:suppliedBy": farm,
        "dfc-b:referencedBy": item,
        "dfc-b:hasQuantity": quantity(pack.amount, pack.produce),
    }
    node = {
        "@id": item,
        "@type": "dfc-b:CatalogItem",
        "dfc-b:sku": str(pack.id),
        "dfc-b:managedBy": farm,
        "dfc-b:listedIn": listed,
        "dfc-b:references": product,
    }
    if pack.price_cents is not None:
        node["dfc-b:offeredThrough"] = f"{farm}#offer-{pack.id}"
        yield {
            "@id": f"{farm}#offer-{pack.id}",
            "@type": "dfc-b:Offer",
            "dfc-b:offers": item,
            "dfc-b:hasPrice": {
                "@type": "dfc-b:Price",
                "dfc-b:value": pack.price_cents / 100,
                "dfc-b:hasUnit": "dfc-m:Euro",
            },
        }
    yield node


def _of_lot(lot: Lot, base: str) -> Iterator[Node]:
    farm, here = _farm(lot.supplier, base), f"{base}/farm/lots/{lot.id}"
    supplied, local = f"{farm}#produce-{lot.produce_id}", f"{farm}#local-{lot.produce_id}"
    yield _supplier(lot.supplier, base, supplies=supplied)
    yield {
        "@id": supplied,
        "@type": "dfc-b:SuppliedProduct",
        "dfc-b:name": lot.produce.name,
        "dfc-b:suppliedBy": farm,
    }
    yield {"@id": local, "@type": "dfc-b:LocalizedProduct", "dfc-b:hasReference": supplied}
    yield {
        "@id": f"{here}#product",
        "@type": "dfc-b:PhysicalProduct",
        "dfc-b:represents": local,
        "dfc-b:tracedBy": here,
        "dfc-b:hasQuantity": quantity(lot.received, lot.produce),
    }
    yield {
        "@id": f"{here}#stock",
        "@type": "dfc-b:RealStock",
        "dfc-b:constitutes": f"{here}#product",
        "dfc-b:identifiedBy": here,
        "dfc-b:hasQuantity": quantity(lot.stock, lot.produce),
    }
    yield _batch(lot, here)
    for movement in lot.movements:
        # What was counted is no flow: the stock tells it.
        if movement.kind != "corrected":
            yield _flow(movement, lot, here)


def _flow(movement: LotMovement, lot: Lot, here: str) -> Node:
    """What came in or went out; what was put back is a consumption below zero."""
    is_in = movement.kind == "received"
    kind, link = ("Production", "produces") if is_in else ("Consumption", "consumes")
    return {
        "@id": f"{here}#movement-{movement.id}",
        "@type": f"dfc-b:AsRealized{kind}Flow",
        "dfc-b:date": movement.at.isoformat(timespec="seconds"),
        "dfc-b:hasQuantity": quantity(movement.delta if is_in else -movement.delta, lot.produce),
        f"dfc-b:{link}": f"{here}#product",
    }


def _batch(lot: Lot, here: str) -> Node:
    node: Node = {
        "@id": here,
        "@type": "dfc-b:ProductBatch",
        "dfc-b:batchNumber": lot.mark or lot.name,
        "dfc-b:traces": f"{here}#product",
        "dfc-b:identifies": f"{here}#stock",
    }
    if lot.use_by is not None:
        node["dfc-b:expiryDate"] = lot.use_by.isoformat()
    if lot.harvested_on is not None:
        node["dfc-b:productionDate"] = lot.harvested_on.isoformat()
    return node
