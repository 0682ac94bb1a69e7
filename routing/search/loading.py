"""The compiled search made once for each machine and version, and loaded into a process.

`compile_all` builds the extension where a C compiler is and fills Numba's cache elsewhere. Until
then the plain source searches. An extension is loaded at once; what Numba compiled takes seconds,
in which `fits` does without.
"""

from __future__ import annotations

import shutil
from functools import cache
from threading import Event, Thread

from routing.instance.lists import read
from routing.problem import Depot, Problem, Stop, Vehicle
from routing.search.compiled import by_numba, extension
from routing.search.compiled.code import is_ready
from routing.search.search import Search

_loaded = Event()


def compile_all() -> None:
    """Build the extension (seconds) or fill Numba's cache (a minute, 350 MB), if it is not done."""
    if extension.build() or by_numba.is_cached() or not by_numba.is_installed():
        return
    folder = by_numba.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for old in set(folder.parent.glob("compiled-*")) - {folder}:
        shutil.rmtree(old, ignore_errors=True)
    _run()
    by_numba.full_mark().touch()


def load() -> bool:
    """Load the compiled search for `fits` in this process; return whether it is there."""
    if is_ready():
        _run()
        _loaded.set()
    return _loaded.is_set()


@cache
def load_in_background() -> Thread:
    """Begin to load it in a thread of its own, once; until it is there `fits` does without."""
    thread = Thread(target=load, daemon=True)
    thread.start()
    return thread


def is_loaded() -> bool:
    """Return whether the compiled search can be used at once in this process."""
    return extension.is_built() or _loaded.is_set()


def _run() -> None:
    """Call every function that a search calls, so that each is compiled or loaded."""
    day = (0, 9_000)
    problem = Problem(
        name="",
        objective="duration",
        depot=Depot(day),
        vehicles=tuple(Vehicle(f"{v}", (9,), day) for v in range(2)),
        stops=tuple(Stop(f"{s}", 1, (1,), (0,), day) for s in range(5)),
        durations=((0, 9), (9, 0)),
        distances=((0, 9), (9, 0)),
    )
    search = Search(read(problem), compiled=True)
    search.keep_trips(9)
    search.run(9)
    search.adopt(search.days)
