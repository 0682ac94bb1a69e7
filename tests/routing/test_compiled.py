"""The search compiled as an extension is the plain search, faster; what is no search is refused."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from routing.instance.lists import read
from routing.search import moves
from routing.search.compiled import extension
from routing.search.compiled.code import is_available
from routing.search.compiled.translation import Untranslatable, _Function, c_source
from routing.search.search import Search

needs_compiler = pytest.mark.skipif(extension.compiler() is None, reason="no C compiler here")


@pytest.mark.skipif(not is_available(), reason="nothing compiles here")
def test_the_compiled_search_does_what_the_plain_one_does(make_problem) -> None:
    for seed in range(40):
        instance = read(make_problem(seed, 10))
        if instance.size > 1 and instance.vehicles:
            plain = Search(instance, seed=seed)
            fast = Search(instance, seed=seed, compiled=True)
            for search in (plain, fast):
                search.keep_trips(50)
                search.run(40)
            assert (plain.unserved, plain.cost, plain.days) == (fast.unserved, fast.cost, fast.days)
            assert plain.take_seen().tolist() == fast.take_seen().tolist()


@pytest.mark.full
def test_what_numba_compiles_does_so_too(make_problem, monkeypatch) -> None:
    """The form for machines without a C compiler; to compile it takes a minute."""
    pytest.importorskip("numba")
    from routing.search.compiled import code

    monkeypatch.setattr(extension, "is_built", lambda: False)
    code._compiled.cache_clear()
    try:
        for seed in range(20):
            instance = read(make_problem(seed, 10))
            if instance.size > 1 and instance.vehicles:
                plain, fast = Search(instance), Search(instance, compiled=True)
                for search in (plain, fast):
                    search.run(40)
                assert (plain.cost, plain.days) == (fast.cost, fast.days)
    finally:
        code._compiled.cache_clear()


def test_an_extension_that_is_built_meanwhile_changes_nothing_of_what_runs(monkeypatch) -> None:
    numpy = pytest.importorskip("numpy")
    from routing.search.compiled import by_numba, code

    running = object.__new__(by_numba.ByNumba)
    monkeypatch.setattr(code, "_compiled", lambda: running)
    monkeypatch.setattr(extension, "is_built", lambda: True)
    assert isinstance(code.to_numbers([1, 2]), numpy.ndarray)


@needs_compiler
def test_a_library_is_built_where_none_is_and_a_broken_one_never_stands(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(extension, "cache_home", lambda: tmp_path)
    extension.library.cache_clear()
    try:
        monkeypatch.setattr(extension, "OPTIONS", (*extension.OPTIONS, "--no-such-option"))
        assert not extension.build()
        assert list(tmp_path.iterdir()) == []
        monkeypatch.undo()
        monkeypatch.setattr(extension, "cache_home", lambda: tmp_path)
        extension.library.cache_clear()
        assert extension.build()
        assert [path.name for path in tmp_path.iterdir()] == [extension.library().name]
    finally:
        extension.library.cache_clear()


def test_loading_the_extension_loads_neither_numpy_nor_numba() -> None:
    if not extension.is_built():
        pytest.skip("no extension is built here")
    code = (
        "import sys\nfrom routing.search.loading import load\nassert load()\n"
        "print(sorted({'numpy', 'numba', 'llvmlite'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "line",
    [
        "return [one for one in numbers]",  # a list of its own
        "total = 0\n    total = 0.5 * numbers[0]",  # a fraction
        "total = unknown",
        "total = other(numbers)",
        "one = two = 3",
        "for number in numbers:\n        pass",
        "one, two = numbers",
    ],
)
def test_what_the_translation_does_not_know_it_refuses(line: str) -> None:
    tree = ast.parse(f"def total(numbers: Numbers) -> int:\n    {line}\n").body[0]
    assert isinstance(tree, ast.FunctionDef)
    with pytest.raises(Untranslatable):
        _Function(moves, tree, {}).text()


def test_division_and_remainder_round_down_as_python_does() -> None:
    source = c_source()
    assert "quotient(" in source
    assert "remainder_(" in source
