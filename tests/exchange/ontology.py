"""The Data Food Consortium's own ontology as it is published, to hold our linked data against.

The file is that of 1.16.0, in which `Organization` was still called `Enterprise`; it is read from
../shared/data and not part of the repository. Of 2.0.0 only the names of its links are at hand
(dfc_2_0_0.txt).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pyld import jsonld

from locomotive.farm.jsonld import DFC, MEASURES, XSD

FOLDER = Path(__file__).parents[3] / "shared/data/dfc"
OWL, RDF, RDFS = (
    "{http://www.w3.org/2002/07/owl#}",
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}",
    "{http://www.w3.org/2000/01/rdf-schema#}",
)
RENAMED = {"Organization": "Enterprise"}
# Texts have types of the ontology's own, which stand on xsd:string.
TEXTS = {"string", "Name", "Description"}

Element = ElementTree.Element


def short(iri: str | None) -> str:
    return (iri or "").rsplit("#", 1)[-1]


class Ontology:
    """Classes, properties and what the classes ask of them."""

    def __init__(self, not_said: Collection[str] = ()) -> None:
        self.not_said = not_said  # properties that may be missing though a class wants them
        root = ElementTree.parse(FOLDER / "DFC_BusinessOntology.rdf").getroot()
        self.classes = {short(c.get(f"{RDF}about")): c for c in root.findall(f"{OWL}Class")}
        self.properties = {
            short(p.get(f"{RDF}about")): p
            for kind in ("ObjectProperty", "DatatypeProperty")
            for p in root.findall(f"{OWL}{kind}")
        }

    @cached_property
    def units(self) -> set[str]:
        [graph] = json.loads((FOLDER / "measures.json").read_text())
        return {short(node["@id"]) for node in graph["@graph"]}

    def above(self, kind: str) -> set[str]:
        """A class and all above it."""
        found = {kind}
        for parent in self.classes[kind].findall(f"{RDFS}subClassOf"):
            also = parent.findall(f"{OWL}Class/{OWL}intersectionOf/{RDF}Description")
            for iri in (parent.get(f"{RDF}resource"), *(one.get(f"{RDF}about") for one in also)):
                if short(iri) in self.classes:
                    found |= self.above(short(iri))
        return found

    def domain(self, name: str) -> set[str]:
        named = f"{RDF}resource", f"{RDF}about"
        return {
            short(one.get(key))
            for domain in self.properties[name].findall(f"{RDFS}domain")
            for one in domain.iter()
            for key in named
            if one.get(key)
        }

    def types(self, name: str) -> set[str]:
        found = self.properties[name].findall(f"{RDFS}range")
        return {short(one.get(f"{RDF}resource")) for one in found if one.get(f"{RDF}resource")}

    def asked(self, kind: str) -> Iterator[tuple[str, str, str]]:
        """(property, "allValuesFrom" or "cardinality", class or number) of a class and those
        above it."""
        for name in self.above(kind):
            for rule in self.classes[name].iter(f"{OWL}Restriction"):
                on = short(_one(rule, "onProperty").get(f"{RDF}resource"))
                for what in ("allValuesFrom", "cardinality"):
                    for said in rule.findall(f"{OWL}{what}"):
                        yield on, what, said.text or short(said.get(f"{RDF}resource"))

    def faults(self, document: dict[str, Any]) -> list[str]:
        """What of a document the ontology does not know or allow."""
        nodes = jsonld.flatten(jsonld.expand(document))
        kinds = {node["@id"]: _kind(node) for node in nodes if "@type" in node}
        return [fault for node in nodes for fault in self._of_node(node, kinds)]

    def _of_node(self, node: dict[str, Any], kinds: dict[str, str]) -> Iterator[str]:
        kind = kinds.get(node["@id"])
        if kind is None or kind not in self.classes:
            yield f"{node['@id']} is {kind or 'nothing'}"
            return
        said = {term.removeprefix(DFC): v for term, v in node.items() if not term.startswith("@")}
        for name, values in said.items():
            if name not in self.properties:
                yield f"{name} is no property"
            elif not self.domain(name) & self.above(kind):
                yield f"{name} on {kind}"
            else:
                yield from (f"{name}: {v}" for v in values if not self._fits(name, v))
        for name, what, wanted in self.asked(kind):
            if what == "allValuesFrom":
                for value in said.get(name, []):
                    if "@id" in value and wanted not in self._above_value(value, kinds):
                        yield f"{name} of {kind} is no {wanted}"
            elif name not in self.not_said and len(said.get(name, [])) != int(wanted):
                yield f"{kind} has {len(said.get(name, []))} {name} instead of {wanted}"

    def _above_value(self, value: dict[str, Any], kinds: dict[str, str]) -> set[str]:
        kind = kinds.get(value["@id"], "")
        return self.above(kind) if kind in self.classes else set()

    def _fits(self, name: str, value: dict[str, Any]) -> bool:
        """Whether a text, date or number has the type that the ontology declares."""
        types, named = self.types(name), value.get("@id", "")
        if named.startswith(MEASURES):
            return short(named) in self.units
        if named or not types:
            return bool(named)
        if types & TEXTS:
            return isinstance(value["@value"], str) and "@type" not in value
        return bool(value.get("@type", "").removeprefix(XSD) in types)


def _kind(node: dict[str, Any]) -> str:
    [kind] = node["@type"]
    name = str(kind).removeprefix(DFC)
    return RENAMED.get(name, name)


def _one(element: Element, name: str) -> Element:
    found = element.find(f"{OWL}{name}")
    assert found is not None
    return found
