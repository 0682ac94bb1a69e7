"""Rivals: several acts at the same moment, each in a thread and a context of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from locomotive.core.db import db
from locomotive.core.refusal import Refusal
from tests.service_day import Day


def race(day: Day, *acts: Callable[[], object]) -> list[type[Refusal] | None]:
    """Let all acts start at once; return for each the refusal that it met, or None."""
    start = threading.Barrier(len(acts))
    outcomes: list[object] = [None] * len(acts)

    def run(index: int, act: Callable[[], object]) -> None:
        with day.app.app_context():
            start.wait()
            try:
                act()
            except Refusal as refusal:
                outcomes[index] = type(refusal)
            except Exception as error:
                outcomes[index] = error
            finally:
                db.session.remove()

    running = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return outcomes  # type: ignore[return-value]
