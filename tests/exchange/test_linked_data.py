"""Linked data that a reader of the Data Food Consortium expands and understands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyld import jsonld

from locomotive.core.db import write_tx
from locomotive.farm.jsonld import DFC, MEASURES, XSD
from locomotive.farm.lot import correct, waste
from tests.exchange.ontology import FOLDER, Ontology
from tests.farm_day import lot, pack
from tests.service_day import DATE, Day

TOKEN = "a token of a partner's platform"
SUBJECT, RELATION = "Subject", "Relation"
# Class → the classes above it that matter here. In 2.0.0 `Organization` took `Enterprise`'s place.
CLASSES = {
    "Organization": SUBJECT,
    "SuppliedProduct": SUBJECT,
    "LocalizedProduct": SUBJECT,
    "PhysicalProduct": SUBJECT,
    "ProductBatch": SUBJECT,
    "RealStock": RELATION,
    "Catalog": SUBJECT,
    "CatalogItem": RELATION,
    "Offer": RELATION,
    "AsRealizedProductionFlow": RELATION,
    "AsRealizedConsumptionFlow": RELATION,
    "QuantitativeValue": "",
    "Price": "",
}
COUNTED = {"SuppliedProduct", "PhysicalProduct", "RealStock"}
FLOWS = {"AsRealizedProductionFlow", "AsRealizedConsumptionFlow"}
# Property → the classes of its domain, and what it holds: a class, a measure or a type.
PROPERTIES: dict[str, tuple[set[str], str]] = {
    "name": ({SUBJECT}, "text"),
    "date": ({SUBJECT, RELATION}, "dateTime"),
    "supplies": ({"Organization"}, "SuppliedProduct"),
    "manages": ({"Organization"}, "CatalogItem"),
    "maintains": ({"Organization"}, "Catalog"),
    "maintainedBy": ({"Catalog"}, "Organization"),
    "lists": ({"Catalog"}, "CatalogItem"),
    "listedIn": ({"CatalogItem"}, "Catalog"),
    "constitutes": ({"RealStock"}, "PhysicalProduct"),
    "suppliedBy": ({"SuppliedProduct"}, "Organization"),
    "referencedBy": ({"SuppliedProduct"}, "CatalogItem"),
    "references": ({"CatalogItem"}, "SuppliedProduct"),
    "managedBy": ({"CatalogItem"}, "Organization"),
    "offeredThrough": ({"CatalogItem"}, "Offer"),
    "sku": ({"CatalogItem"}, "text"),
    "offers": ({"Offer"}, "CatalogItem"),
    "hasPrice": ({"Offer"}, "Price"),
    "hasReference": ({"LocalizedProduct"}, "SuppliedProduct"),
    "represents": ({"PhysicalProduct"}, "LocalizedProduct"),
    "tracedBy": ({"PhysicalProduct"}, "ProductBatch"),
    "traces": ({"ProductBatch"}, "PhysicalProduct"),
    "identifies": ({"ProductBatch"}, "RealStock"),
    "identifiedBy": ({"RealStock"}, "ProductBatch"),
    "batchNumber": ({"ProductBatch"}, "text"),
    "expiryDate": ({"ProductBatch"}, "date"),
    "productionDate": ({"ProductBatch"}, "date"),
    "produces": ({"AsRealizedProductionFlow"}, "PhysicalProduct"),
    "consumes": ({"AsRealizedConsumptionFlow"}, "PhysicalProduct"),
    "hasQuantity": (COUNTED | FLOWS, "QuantitativeValue"),
    "value": ({"QuantitativeValue", "Price"}, "float"),
    "hasUnit": ({"QuantitativeValue", "Price"}, "measure"),
}
UNITS = {MEASURES + name for name in ("Kilogram", "Litre", "Piece", "Euro")}
READ = {"date": date.fromisoformat, "dateTime": datetime.fromisoformat, "float": float}


def kind_of(node: dict[str, Any]) -> str:
    [kind] = node["@type"]
    assert kind.startswith(DFC), kind
    return str(kind.removeprefix(DFC))


def faults(document: dict[str, Any]) -> list[str]:
    """What a reader would stumble over: terms, domains, links that lead nowhere, types."""
    nodes = jsonld.flatten(jsonld.expand(document))
    kinds = {node["@id"]: kind_of(node) for node in nodes if "@type" in node}
    found = []
    for node in nodes:
        kind = kinds.get(node["@id"], "")
        if kind not in CLASSES:
            found.append(f"{node['@id']} is {kind or 'nothing'}")
            continue
        for term, values in node.items():
            if not term.startswith("@"):
                name = term.removeprefix(DFC)
                domain, wanted = PROPERTIES.get(name, (set(), ""))
                if not domain & {kind, CLASSES[kind]}:
                    found.append(f"{name} on {kind}")
                found += [f"{name}: {v}" for v in values if not fits(v, wanted, kinds)]
    return found


def fits(value: dict[str, Any], wanted: str, kinds: dict[str, str]) -> bool:
    """Whether a value is what its property holds."""
    if wanted == "measure":
        return value.get("@id") in UNITS
    if wanted == "text":
        return isinstance(value.get("@value"), str) and "@type" not in value
    if wanted in READ:
        READ[wanted](value["@value"])
        return bool(value["@type"] == XSD + wanted)
    return kinds.get(value.get("@id", "")) == wanted


@pytest.fixture
def sold(day: Day) -> None:
    pack("leeks", "crate", 8, cents=1250)
    pack("chard", "kg", cents=None)
    found = lot(day, "leeks", 10, use_by=DATE)
    with write_tx() as session:
        waste(session, found, 1500, reason="spoiled", now=day.at(9))
        correct(session, found, -500, reason="counted", now=day.at(10))


def test_a_reader_finds_only_terms_in_their_domains_and_types(
    day: Day, office: FlaskClient, sold: None
) -> None:
    answer = office.get("/farm/lots.jsonld")
    assert answer.mimetype == "application/ld+json"
    document = json.loads(answer.data)
    assert faults(document) == []
    # The controls: a class of before, a property outside its domain, an untyped value.
    for old, new in (
        ("dfc-b:Organization", "dfc-b:Enterprise"),
        ("dfc-b:represents", "dfc-b:suppliedBy"),
        ('"dfc-b:value": {"@type": "xsd:float"}', '"dfc-b:value": {"@type": "xsd:string"}'),
    ):
        broken = json.dumps(document).replace(old, new)
        assert broken != json.dumps(document)
        assert faults(json.loads(broken))


def test_a_price_is_reached_from_the_farm_and_a_count_is_no_production(
    day: Day, office: FlaskClient, sold: None
) -> None:
    nodes = json.loads(office.get("/farm/lots.jsonld").data)["@graph"]
    by_id = {node["@id"]: node for node in nodes}
    [farm] = [node for node in nodes if node["@type"] == "dfc-b:Organization"]
    items = [by_id[item] for item in farm["dfc-b:manages"]]
    assert len(items) == 2
    [offer] = [by_id[i["dfc-b:offeredThrough"]] for i in items if "dfc-b:offeredThrough" in i]
    price = offer["dfc-b:hasPrice"]
    assert (price["dfc-b:value"], price["dfc-b:hasUnit"]) == (12.5, "dfc-m:Euro")
    flows = [node for node in nodes if node["@type"].endswith("Flow")]
    amounts = [(n["@type"][16:], n["dfc-b:hasQuantity"]["dfc-b:value"]) for n in flows]
    assert amounts == [("ProductionFlow", 10.0), ("ConsumptionFlow", 1.5)]
    [stock] = [n for n in nodes if n["@type"] == "dfc-b:RealStock"]
    assert stock["dfc-b:hasQuantity"]["dfc-b:value"] == 8.0


def test_a_platform_reads_it_by_the_read_token_alone(day: Day, sold: None) -> None:
    partner = day.app.test_client()
    assert partner.get("/data/anything/farm.jsonld").status_code == 404
    ours = replace(day.app.extensions["settings"], read_token=TOKEN)
    day.app.extensions["settings"] = ours
    assert partner.get(f"/data/{TOKEN}/farm.jsonld").mimetype == "application/ld+json"
    assert partner.get("/data/another/farm.jsonld").status_code == 404


def version_2() -> tuple[dict[str, str], set[str]]:
    """The prefixes and the links of 2.0.0, as its own context lists them."""
    lines = (Path(__file__).parent / "dfc_2_0_0.txt").read_text().splitlines()
    said = [line.lstrip("# ").split() for line in lines if line.startswith("# dfc-")]
    links = {name for line in lines if not line.startswith("#") for name in line.split()}
    return dict(said), links


def foreign_links(document: dict[str, Any]) -> set[str]:
    """The links of a document that 2.0.0 does not have."""
    used = {
        term.removeprefix(DFC)
        for node in jsonld.flatten(jsonld.expand(document))
        for term, values in node.items()
        if not term.startswith("@") and any("@id" in value for value in values)
    }
    assert len(used) > 15
    return used - version_2()[1]


def test_its_prefixes_and_links_are_those_of_version_2(office: FlaskClient, sold: None) -> None:
    document = json.loads(office.get("/farm/lots.jsonld").data)
    prefixes, links = version_2()
    said = document["@context"]
    assert {prefix: said[prefix] for prefix in prefixes} == prefixes
    typed = {t.removeprefix("dfc-b:") for t, d in said.items() if d == {"@type": "@id"}}
    assert typed <= links
    assert foreign_links(document) == set()
    # The control: a link that 1.16.0 had and 2.0.0 has no more.
    broken = json.dumps(document).replace("dfc-b:offeredThrough", "dfc-b:hasIncome")
    assert foreign_links(json.loads(broken)) == {"hasIncome"}


# What the ontology asks for and the house does not know, or does not tell: who is to be called, for
# how long a product keeps, where in the house a crate stands, what a movement was part of.
NOT_SAID = {
    "hasMainContact", "lifetime", "totalTheoriticalStock", "storedIn", "outputOf", "inputOf",
    "offersTo",
}  # fmt: skip


@pytest.mark.skipif(not FOLDER.exists(), reason="the ontology is not at hand")
def test_the_consortiums_own_ontology_knows_and_allows_all_of_it(
    office: FlaskClient, sold: None
) -> None:
    known, document = Ontology(NOT_SAID), json.loads(office.get("/farm/lots.jsonld").data)
    assert known.faults(document) == []
    assert Ontology().faults(document)
    # The controls: an unknown class, property and unit, a foreign domain, a wrong end, a type.
    for old, new in (
        ("dfc-b:CatalogItem", "dfc-b:CatalogueItem"),
        ("dfc-b:sku", "dfc-b:articleNumber"),
        ("dfc-m:Kilogram", "dfc-m:Kilo"),
        ("dfc-b:batchNumber", "dfc-b:sku"),
        ("dfc-b:supplies", "dfc-b:manages"),
        ('"dfc-b:date": {"@type": "xsd:dateTime"}', '"dfc-b:date": {"@type": "xsd:date"}'),
    ):
        broken = json.dumps(document).replace(old, new)
        assert broken != json.dumps(document), old
        assert known.faults(json.loads(broken)), new
