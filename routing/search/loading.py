"""The compiled search made once for each machine and version, and loaded into a process.

`compile_all` fills Numba's cache; a mark in it says that it is full. Until then the plain source
searches, and `fits` does so until `load` is done.
"""

from __future__ import annotations

import shutil
from functools import cache
from threading import Event, Thread

from routing.instance.lists import read
from routing.problem import Depot, Problem, Stop, Vehicle
from routing.search.compiled import cache_folder, full_mark, is_ready
from routing.search.search import Search

_loaded = Event()


def compile_all() -> None:
    """Fill Numba's cache: it takes 10 to 20 seconds and 350 MB, unless the cache is full."""
    if is_ready():
        return
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for old in set(folder.parent.glob("compiled-*")) - {folder}:
        shutil.rmtree(old, ignore_errors=True)
    _run()
    full_mark().touch()


def load() -> bool:
    """Load the compiled search for `fits` in this process; return whether it is there."""
    if is_ready():
        _run()
        _loaded.set()
    return is_loaded()


@cache
def load_in_background() -> Thread:
    """Begin to load it in a thread of its own, once; until it is there `fits` does without."""
    thread = Thread(target=load, daemon=True)
    thread.start()
    return thread


def is_loaded() -> bool:
    """Return whether `load` has loaded the compiled search in this process."""
    return _loaded.is_set()


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
