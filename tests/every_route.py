"""Every route of the house, for what holds of all of them."""

from __future__ import annotations

from flask import Flask


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, an address) of every view."""
    values = {"day": "2026-11-24", "number": 1, "token": "x" * 32, "code": "en"}
    values |= {
        "copy": "practice",
        "page": "cook",
        "form": "a4",
        "screen": "cooling",
        "month": "2026-11",
        "wish": "move",
        "way": "page",
    }
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            arguments = {name: values.get(name, 1) for name in rule.arguments}
            arguments |= {"filename": "style.css"} if rule.endpoint == "static" else {}
            if "kind" in rule.arguments:
                arguments["kind"] = "photo" if "photo" in rule.rule else "place"
            arguments |= rule.defaults or {}
            if "name" in rule.arguments:
                arguments["name"] = "0" * 32 + ".webp"
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            found.append((rule.endpoint, method, app.url_for(rule.endpoint, **arguments)))
    return found
