"""Who may use which route: the written table of rights.txt, and what the code declares.

    .venv/bin/python -m tests.rights

prints the table as the code has it; what differs from the file is decided by a person.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Flask

TABLE = Path(__file__).with_name("rights.txt")
# Letter → who: visitor, holder of an order's link, kitchen's screen, rider (signed in by a link, or
# with a round's link), holder of a farm's link, partner, manager, accountant.
LETTERS = "VCKRFPMA"
ROLES = {"K": "kitchen", "R": "rider", "M": "manager", "A": "accountant"}
# What a secret address begins with, and whose it is.
LINKS = {"/o/": "C", "/r/<": "R", "/f/": "F", "/p/": "P"}
Rights = dict[tuple[str, str], str]


def written(text: str) -> Rights:
    """(method, route) → the letters of those who may use it."""
    lines = [
        line.split(maxsplit=2) for line in text.splitlines() if line and not line.startswith("#")
    ]
    return {(method, rule): letters.replace(".", "") for letters, method, rule in lines}


def declared(app: Flask) -> Rights:
    """The same as the code has it."""
    found: Rights = {}
    for rule in app.url_map.iter_rules():
        audience = getattr(app.view_functions[rule.endpoint], "audience", frozenset())
        for method in sorted({"GET", "POST"} & set(rule.methods or ())):
            found[method, rule.rule] = who(rule.rule, audience)
    return found


def who(rule: str, audience: frozenset[str]) -> str:
    """The letters of those whom a view with this audience lets in at this route."""
    if "public" not in audience:
        return "".join(x for x in LETTERS if x == "M" or ROLES.get(x) in audience)
    return next((owner for start, owner in LINKS.items() if rule.startswith(start)), LETTERS)


def differences(table: Rights, code: Rights) -> list[str]:
    """What stands in one of them alone, or differs."""
    return [
        f"{method} {rule}: written {table.get((method, rule), 'not')}, "
        f"in the code {code.get((method, rule), 'not')}"
        for method, rule in sorted(table.keys() | code.keys())
        if table.get((method, rule)) != code.get((method, rule))
    ]


def line(method: str, rule: str, letters: str) -> str:
    """A line of the table."""
    return f"{''.join(x if x in letters else '.' for x in LETTERS)} {method:<4} {rule}"


def main() -> None:
    """Print the table as the code has it."""
    from tests.service_day import new_app

    with tempfile.TemporaryDirectory() as folder:
        code = declared(new_app(Path(folder)))
    for (method, rule), letters in sorted(code.items(), key=lambda pair: pair[0][::-1]):
        print(line(method, rule, letters))


if __name__ == "__main__":
    main()
