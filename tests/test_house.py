"""The rules of the house, read from its source; each is seen to fail on a deliberate breach."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "locomotive"
ROOMS = ("accounts", "places", "farm", "menu", "service", "ordering", "kitchen", "delivery")
# What stands in the hall may be used by every room.
HALL = {"base", "clock", "db", "door", "fields", "house", "language", "links", "queue", "refusal"}
HALL |= {"settings", "spreadsheet", "version"}
# What looks at every room and is used by none.
ROOF = {"__init__", "buying", "chart", "cli", "cooking", "demonstration", "demonstration_farm"}
ROOF |= {"exchange", "farmer", "figures", "jobs", "mails", "office", "pages", "recalls", "rooms"}


def sources(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*.py") if "migrations" not in p.parts)


def imported(path: Path, folder: Path) -> list[tuple[str, str]]:
    """(top module, name below it) of each import, relative ones as "locomotive"."""
    found = []
    package = path.relative_to(folder).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name.split(".")[0], alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append(((node.module or "").split(".")[0], node.module or ""))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - (node.level - 1)]
            module = [*base, *((node.module or "").split(".") if node.module else [])]
            if module:
                found.append(("locomotive", ".".join(module)))
            else:
                found += [("locomotive", alias.name) for alias in node.names]
    return found


def wrong_neighbours(folder: Path) -> list[str]:
    """Imports of a room to the right, or of the roof."""
    wrong = []
    for path in sources(folder):
        place = path.relative_to(folder).parts[0].removesuffix(".py")
        for top, name in imported(path, folder):
            if top != "locomotive":
                continue
            other = name.removeprefix("locomotive.").split(".")[0]
            from_hall = place in HALL
            if place in ROOMS:
                is_wrong = other in ROOF or (
                    other in ROOMS and ROOMS.index(other) > ROOMS.index(place)
                )
            else:
                is_wrong = from_hall and (other in ROOMS or other in ROOF)
            if is_wrong:
                wrong.append(f"{path.relative_to(folder)} imports {name}")
    return wrong


def wrong_libraries(folder: Path) -> list[str]:
    """Noun files that name Flask, forms that name Flask or SQLAlchemy's engine."""
    wrong = []
    for path in sources(folder):
        if path.parent.name not in ROOMS:
            continue
        tops = {top for top, _ in imported(path, folder)}
        if path.name.endswith("views.py"):
            banned: set[str] = set()
        elif path.name.endswith("forms.py"):
            banned = {"flask", "flask_login", "flask_sqlalchemy"}
        else:
            banned = {top for top in tops if top == "flask" or top.startswith("flask_")}
            banned |= {"wtforms"} & tops
        wrong += [f"{path.relative_to(folder)} imports {top}" for top in sorted(tops & banned)]
    return wrong


def committers(folder: Path) -> list[str]:
    """Modules that commit."""
    return [
        str(path.relative_to(folder))
        for path in sources(folder)
        if re.search(r"\.commit\(|\.begin\(\)|autocommit", path.read_text())
    ]


FRENCH = re.compile(
    r"[àâçéèêëîïôûùÀÂÇÉÈÊËÎÏÔÛÙ«»]|"
    r"\b(?:commande|commander|panier|livraison|créneau|tournée|cuisine|veuillez|merci|votre|vous|"
    r"aujourd|demain|prix|livreur|plat du jour|et vos|pour la|est trop)\b",
    re.IGNORECASE,
)


def french_words(folder: Path) -> list[str]:
    """French outside the catalogue: string literals, templates, scripts."""
    wrong = []
    for path in sources(folder):
        tree = ast.parse(path.read_text())
        documents = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in documents
                and FRENCH.search(node.value)
            ):
                wrong.append(f"{path.relative_to(folder)}: {node.value[:50]!r}")
    for path in (*folder.rglob("*.html"), *folder.rglob("*.txt"), *folder.glob("static/*.js")):
        if path.name.endswith(".min.js") or "fonts" in path.parts:
            continue
        text = re.sub(r"{#.*?#}|/\*.*?\*/|^\s*//.*?$", "", path.read_text(), flags=re.S | re.M)
        found = FRENCH.search(text)
        if found:
            wrong.append(f"{path.relative_to(folder)}: {found[0]!r}")
    return wrong


def inline_code(folder: Path) -> list[str]:
    """Scripts, styles and handlers inside templates: the content policy would refuse them."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=\"")
    return [
        f"{path.relative_to(folder)}: {found[0]}"
        for path in folder.rglob("*.html")
        for found in inline.finditer(path.read_text())
    ]


def clock_readers(folder: Path) -> list[str]:
    """Noun files that ask the clock instead of taking `now`."""
    wrong = []
    for path in sources(folder):
        if path.parent.name not in ROOMS or path.name.endswith("views.py"):
            continue
        if re.search(r"datetime\.now\(|\btime\.time\(|import now\b|[ ,]now,", path.read_text()):
            names = [
                alias.name
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("clock")
                for alias in node.names
            ]
            if "now" in names or "datetime.now(" in path.read_text():
                wrong.append(str(path.relative_to(folder)))
    return wrong


def untranslated() -> list[str]:
    """Sentences of the code that the French catalogue lacks, or keeps without their values."""
    with (HOUSE / "translations/fr/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)
    methods = [("**.py", "python"), ("templates/**", "jinja2")]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "N_": None}
    keywords |= {"ngettext": (1, 2), "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2)}
    wrong = []
    for _, line, message, _, context in extract_from_dir(HOUSE, methods, {}, keywords):
        entry = catalogue.get(message[0] if isinstance(message, tuple) else message, context)
        words = entry.string if entry else ""
        forms = words if isinstance(words, tuple | list) else (words,)
        if not all(forms):
            wrong.append(f"{message} ({line})")
        elif entry and isinstance(message, str):
            wanted = set(re.findall(r"%\(\w+\)s", message))
            if wanted != set(re.findall(r"%\(\w+\)s", str(words))):
                wrong.append(f"values differ: {message}")
    return wrong


BREACHES: list[tuple[Callable[[Path], Iterable[str]], str, str]] = [
    (wrong_neighbours, "menu/dish.py", "from ..delivery.round import Round\n"),
    (wrong_neighbours, "places/zone.py", "from .. import jobs\n"),
    (wrong_neighbours, "clock.py", "from .menu.dish import Dish\n"),
    (wrong_libraries, "ordering/order.py", "from flask import request\n"),
    (wrong_libraries, "menu/menu.py", "from flask_babel import gettext\n"),
    (committers, "kitchen/views.py", "db.session.commit()\n"),
    (french_words, "kitchen/views.py", "TITLE = 'Votre panier'\n"),
    (french_words, "templates/base.html", "<p>Votre commande est prête</p>"),
    (inline_code, "templates/base.html", '<p style="color: red">'),
    (inline_code, "templates/base.html", "<script>alert(1)</script>"),
    (clock_readers, "menu/menu.py", "from ..clock import now\n"),
]
ALLOWED: dict[Callable[[Path], Iterable[str]], set[str]] = {committers: {"db.py"}}


@pytest.mark.parametrize("rule", list(dict.fromkeys(rule for rule, _, _ in BREACHES)))
def test_the_house_keeps_the_rule(rule: Callable[[Path], Iterable[str]]) -> None:
    assert set(rule(HOUSE)) - ALLOWED.get(rule, set()) == set()


@pytest.mark.parametrize(("rule", "name", "breach"), BREACHES)
def test_a_breach_of_the_rule_is_found(
    rule: Callable[[Path], Iterable[str]], name: str, breach: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(breach)
    assert any(name in sentence for sentence in rule(tmp_path))


def test_every_sentence_has_its_french_one() -> None:
    assert untranslated() == []
