"""The rules of the house, read from its source; each is seen to fail on a deliberate breach."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from locomotive import ROOMS
from locomotive.core.status import Status

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "locomotive"
# Who may look at whom, from the ground up: each folder looks at itself and at those before it.
FLOORS = ("version", "core", "web", *ROOMS, "worker", "commands", "__init__")
LOOSE = {"__init__.py", "version.py"}
# What the product may take from the planner's package.
FACES = {"routing", "routing.streets"}
# Files below these names draw pages and answer requests; everything else knows no web.
PAGES = ("views.py", "page.py")
LONGEST_LINE = 110  # of a template or a style sheet


def sources(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*.py") if "migrations" not in p.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """A file's syntax tree, read once for all rules."""
    return ast.parse(path.read_text())


def is_page(path: Path) -> bool:
    """Whether a file draws pages or answers requests."""
    return path.name.endswith(PAGES) or path.name == "visitor.py"


def imported(path: Path, folder: Path) -> list[tuple[str, str]]:
    """(top module, whole name) of each import, wherever it stands; relative ones as
    "locomotive.…", a name that is a module of the folder as that module."""
    found = []
    package = path.relative_to(folder).parts[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name.split(".")[0], alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append(((node.module or "").split(".")[0], node.module or ""))
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - (node.level - 1)], *(node.module or "").split(".")]
            names = [part for part in base if part]
            for alias in node.names:
                is_module = (folder / Path(*names, f"{alias.name}.py")).exists()
                whole = [*names, alias.name] if is_module or not node.module else names
                found.append(("locomotive", ".".join(["locomotive", *whole])))
    return found


def floor_of(name: str) -> int:
    """The floor of a module's name below "locomotive"; -1 for a folder that is no room."""
    place = name.removeprefix("locomotive").removeprefix(".").split(".")[0] or "__init__"
    return FLOORS.index(place) if place in FLOORS else -1


def wrong_neighbours(folder: Path) -> list[str]:
    """Imports of a folder that stands further up, and folders that the list does not know."""
    wrong = []
    for path in sources(folder):
        place = path.relative_to(folder).parts[0].removesuffix(".py")
        if place not in FLOORS:
            wrong.append(f"{path.relative_to(folder)} is in no room")
            continue
        wrong += [
            f"{path.relative_to(folder)} imports {name}"
            for top, name in imported(path, folder)
            if top == "locomotive" and not 0 <= floor_of(name) <= FLOORS.index(place)
        ]
    return wrong


def loose_files(folder: Path) -> list[str]:
    """Modules and data that stand in no room."""
    return sorted(p.name for p in folder.iterdir() if p.is_file() and p.name not in LOOSE)


def circles(folder: Path) -> list[str]:
    """Files that import each other, by whatever way round."""
    names = {
        "locomotive." + ".".join(path.relative_to(folder).with_suffix("").parts): path
        for path in sources(folder)
    }
    arrows = {
        name: {other for _top, other in imported(path, folder) if other in names}
        for name, path in names.items()
    }
    # Whoever imports nothing that is left, or is imported by nothing that is left, is in none.
    while free := [
        name
        for name, others in arrows.items()
        if not others & arrows.keys() or not any(name in to for to in arrows.values())
    ]:
        for name in free:
            del arrows[name]
    return [f"{names[name].relative_to(folder)} is in a circle" for name in sorted(arrows)]


def deep_imports(folder: Path) -> list[str]:
    """Imports from behind the planner's faces."""
    return [
        f"{path.relative_to(folder)} imports {name}"
        for path in sources(folder)
        for top, name in imported(path, folder)
        if top == "routing" and name not in FACES
    ]


def side_effects(folder: Path) -> list[str]:
    """Imports that no name of the file uses: only their effect can be meant."""
    wrong = []
    for path in sources(folder):
        if path.name == "__init__.py":
            continue
        tree = tree_of(path)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        # An annotation in quotes names its class too.
        used |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        bound = [
            (alias.asname or alias.name).split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and getattr(node, "module", "") != "__future__"
            for alias in node.names
            if alias.asname != alias.name
        ]
        wrong += [
            f"{path.relative_to(folder)} imports {name} for its effect"
            for name in bound
            if name not in used
        ]
    return wrong


def views_of_views(folder: Path) -> list[str]:
    """View files that import another view file."""
    return [
        f"{path.relative_to(folder)} imports {name}"
        for path in sources(folder)
        if path.name.endswith("views.py")
        for _top, name in imported(path, folder)
        if name.endswith("views")
    ]


def ownerless_views(folder: Path) -> list[str]:
    """View files without a blueprint of their own, and blueprints elsewhere."""
    return [
        f"{path.relative_to(folder)}"
        for path in sources(folder)
        if path.name.endswith("views.py") != (" = Blueprint(" in path.read_text())
    ]


def private_imports(folder: Path) -> list[str]:
    """Names with an underscore taken from another file."""
    return [
        f"{path.relative_to(folder)} imports {alias.name}"
        for path in sources(folder)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and (node.level or node.module == "locomotive")
        for alias in node.names
        if alias.name.startswith("_")
    ]


def wrong_libraries(folder: Path) -> list[str]:
    """Noun files that name Flask, forms that name Flask itself."""
    wrong = []
    for path in sources(folder):
        if path.parent.name not in ROOMS or is_page(path):
            continue
        tops = {top for top, _ in imported(path, folder)}
        if path.name.endswith("forms.py"):
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
        tree = tree_of(path)
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


def long_lines(folder: Path) -> list[str]:
    """Lines of templates and of our style sheets that no screen shows whole."""
    pages = [p for p in folder.rglob("*") if p.suffix in (".html", ".txt", ".css")]
    return [
        f"{path.relative_to(folder)}:{number} has {len(line)} characters"
        for path in sorted(pages)
        if not {"fonts", "maplibre"} & set(path.relative_to(folder).parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]


def clock_readers(folder: Path) -> list[str]:
    """Noun files that ask the clock instead of taking `now`."""
    wrong = []
    for path in sources(folder):
        if path.parent.name not in ROOMS or is_page(path):
            continue
        text = path.read_text()
        names = [
            alias.name
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("clock")
            for alias in node.names
        ]
        if "clock" in names or re.search(r"datetime\.now\(|\btime\.time\(", text):
            wrong.append(str(path.relative_to(folder)))
    return wrong


def status_words(folder: Path) -> list[str]:
    """Strings that are words of an order's status: they stand in core/status.py once."""
    return [
        f"{path.relative_to(folder)}: {node.value!r}"
        for path in sources(folder)
        if path.relative_to(folder) != Path("core/status.py")
        for node in spoken_to_machines(path)
        if node.value in set(Status)
    ]


def spoken_to_machines(path: Path) -> list[ast.Constant]:
    """The strings of a file that are no sentences of the catalogue."""
    marks = {"_", "N_"}
    sentences = {
        id(part)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks
        for part in node.args
    }
    return [
        node
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and id(node) not in sentences
    ]


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


def loose_marks(catalogue: Catalog) -> list[str]:
    """French sentences of which a line may begin with a mark, or end with an opening one."""
    forms = [m.string if isinstance(m.string, tuple | list) else (m.string,) for m in catalogue]
    return [said for all_ in forms for said in all_ if re.search(r"[ \n][:;!?»]|«[ \n]", str(said))]


def test_no_line_of_french_begins_with_a_mark() -> None:
    with (HOUSE / "translations/fr/LC_MESSAGES/messages.po").open("rb") as file:
        assert loose_marks(read_po(file)) == []
    control = Catalog()
    for number, said in enumerate(
        ("Oui : non", "Oui ?", "« oui\u00a0»", "Oui\u00a0: «\u00a0non\u00a0»")
    ):
        control.add(str(number), said)
    assert loose_marks(control) == ["Oui : non", "Oui ?", "« oui\u00a0»"]


BREACHES: list[tuple[Callable[[Path], Iterable[str]], str, str]] = [
    (wrong_neighbours, "menu/dish.py", "from ..dispatch.lock import PlanLock\n"),
    (wrong_neighbours, "places/zone.py", "from ..worker import queue\n"),
    (wrong_neighbours, "core/clock.py", "from ..menu.dish import Dish\n"),
    (wrong_neighbours, "core/clock.py", "from ..web.fields import clean\n"),
    (wrong_neighbours, "worker/tidy.py", "from ..commands.serve import serve\n"),
    (wrong_neighbours, "delivery/round.py", "from ..core.base import Base\n"),
    (loose_files, "jobs.py", ""),
    (circles, "menu/dish.py", "from .dish import Dish\n"),
    (circles, "menu/dish.py", "def late() -> None:\n    from . import dish\n"),
    (deep_imports, "promise/question.py", "from routing.search.compiled import load_aside\n"),
    (deep_imports, "promise/question.py", "import routing.instance.schedule\n"),
    (side_effects, "rounds/rider_views.py", "from . import tick_views  # noqa: F401\n"),
    (views_of_views, "shop/order_views.py", "from .menu_views import room\n"),
    (views_of_views, "shop/order_views.py", "from . import menu_views\n"),
    (ownerless_views, "shop/order_views.py", "from flask import Blueprint\n"),
    (ownerless_views, "shop/menu_page.py", "room = Blueprint('menu', __name__)\n"),
    (private_imports, "shop/order_views.py", "from .menu_page import _card\n"),
    (wrong_libraries, "ordering/order.py", "from flask import request\n"),
    (wrong_libraries, "menu/menu.py", "from flask_babel import gettext\n"),
    (wrong_libraries, "menu/forms.py", "from flask import request\n"),
    (committers, "kitchen/views.py", "db.session.commit()\n"),
    (french_words, "kitchen/views.py", "TITLE = 'Votre panier'\n"),
    (french_words, "templates/base.html", "<p>Votre commande est prête</p>"),
    (inline_code, "templates/base.html", '<p style="color: red">'),
    (inline_code, "templates/base.html", "<script>alert(1)</script>"),
    (long_lines, "templates/shop/menu.html", f"<p>{'x' * 108}\n"),
    (long_lines, "static/shop.css", f".dish {{ color: {'x' * 108}; }}\n"),
    (status_words, "kitchen/board.py", "READY = 'ready'\n"),
    (status_words, "rounds/round.py", "is_gone = order.status in ('left', 'handed over')\n"),
    (clock_readers, "menu/menu.py", "from ..core.clock import clock\n"),
    (clock_readers, "menu/menu.py", "from datetime import datetime\n\nAT = datetime.now()\n"),
]
ALLOWED: dict[Callable[[Path], Iterable[str]], set[str]] = {
    committers: {"core/db.py"},
    # A purchase's state, a shipment's, a turn of the road, what is left of a lot: other things'
    # words.
    status_words: {
        "buying/purchase.py: 'cancelled'",
        "shipments/shipment.py: 'cancelled'",
        "papers/turns.py: 'left'",
        "farm/lot.py: 'left'",
    },
}


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
