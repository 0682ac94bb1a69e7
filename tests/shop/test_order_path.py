"""A reader who follows one order for a delivery opens few of our files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType

from tests.shop_day import Shop

ROOT = Path(__file__).parents[2]
OURS = tuple(f"{ROOT / package}/" for package in ("locomotive", "routing"))
MOST_FILES_TODAY = 66  # the aim is 25


@contextmanager
def files_called() -> Iterator[set[str]]:
    """Collect the files of ours, as paths from the root, in which this thread calls a function.

    What a module does while it is imported is not counted: only the first request waits for it.
    """
    files: set[str] = set()

    def note(frame: FrameType, event: str, _result: object) -> None:
        code = frame.f_code
        is_function = code.co_flags & CO_OPTIMIZED  # a module's and a class's body are not
        if event == "call" and is_function and code.co_filename.startswith(OURS):
            files.add(str(Path(code.co_filename).relative_to(ROOT)))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield files
    finally:
        sys.setprofile(before)


def test_an_order_for_a_delivery_passes_through_few_files(shop: Shop) -> None:
    shop.add("2")
    wish = {"kind": "delivery", "address": "12 rue Pasteur, Oignies"}
    shown = shop.shown(**wish)
    with files_called() as files:
        answer = shop.send(shown, **wish)
    assert answer.status_code == 303
    assert len(files) <= MOST_FILES_TODAY, "\n".join([f"{len(files)} files:", *sorted(files)])


def test_a_file_counts_when_one_of_its_functions_is_called() -> None:
    importing = "class Slot:\n    minutes = 15\n\ndef starts():\n    return Slot"
    for source, counted in ((importing, set()), (f"{importing}\nstarts()", {"routing/slot.py"})):
        with files_called() as files:
            exec(compile(source, str(ROOT / "routing/slot.py"), "exec"), {})
        assert files == counted
