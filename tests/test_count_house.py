"""The count of the house names what breaks each of its bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.count_house import count, main

SMALL = "def a():\n    return 1\n"
MANY = "def move(a, b, c, d, e, f, g):\n    return a\n"
METHOD = "class Round:\n    def move(self, a, b, c, d, e, *, f):\n        return a\n"


def made(root: Path, files: dict[str, str]) -> Path:
    """Write a house; a small file stands in both packages beside what is given."""
    for name, text in {"locomotive/a.py": SMALL, "routing/a.py": SMALL, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def too_many(root: Path) -> dict[str, tuple[str, ...]]:
    """What breaks its bound, each with the names that cause it."""
    return {one.what: one.causes for one in count(root) if not one.holds}


LONG = {f"locomotive/long{n}.py": "x = 1\n" * 130 for n in range(3)}
LINES = {"locomotive/long.py": "x = 1\n" * 401}
BODY = "def {name}():\n" + "    x = 1\n" * 30
BODIES = {"routing/b.py": "".join(BODY.format(name=f"f{n}") for n in range(3))}
ARGUMENTS = {f"routing/m{n}.py": MANY for n in range(6)}
FOLDER = {f"locomotive/menu/f{n}.py": SMALL for n in range(13)}
CIRCLE = {
    "locomotive/menu/__init__.py": "",
    "locomotive/menu/dish.py": "from .recipe import Recipe\n",
    "locomotive/menu/recipe.py": "def cost():\n    from . import dish\n    return dish\n",
}
IGNORES = {"routing/b.py": "x = 1  # type: ignore[assignment]\n" * 16}


@pytest.mark.parametrize(
    ("files", "what", "cause"),
    [
        (LONG, "lines of a module, median", ""),
        (LINES, "lines of a module, most", " 401  locomotive/long.py"),
        (BODIES, "lines of a function, median", ""),
        (BODIES, "lines of a function, p90", "  31  routing/b.py:1 f0"),
        (ARGUMENTS, "functions of more than 6 arguments", "   7  routing/m0.py:1 move"),
        (FOLDER, "files in a folder, most", "  13  locomotive/menu"),
        (CIRCLE, "circles of files", "locomotive.menu.dish ↔ locomotive.menu.recipe"),
        (IGNORES, "`type: ignore`", "routing/b.py:16"),
    ],
)
def test_what_breaks_a_bound_is_named(
    files: dict[str, str], what: str, cause: str, tmp_path: Path
) -> None:
    wrong = too_many(made(tmp_path, files))
    assert what in wrong
    assert cause in (wrong[what] or ("",))
    assert main(tmp_path) == 1


def test_a_small_house_breaks_no_bound(tmp_path: Path) -> None:
    calm = {
        "locomotive/round.py": METHOD,
        "locomotive/menu/__init__.py": '"""The menu."""\n',
        "locomotive/menu/dish.py": "from ..a import a\n",
        "locomotive/migrations/versions/first.py": "x = 1\n" * 500,
        **{f"locomotive/menu/f{n}.py": SMALL for n in range(11)},
    }
    assert too_many(made(tmp_path, calm)) == {}
    assert main(tmp_path) == 0
