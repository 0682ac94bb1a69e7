"""Rotation: which backups stay when a new one is good."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..core.clock import local
from .backup import backups_in, made_at

Keep = tuple[int, int, int]  # days, weeks, months


def to_remove(folder: Path, keep: Keep) -> list[Path]:
    """The backups that no day, week or month of the rotation needs.

    The last backup of each of the latest days, weeks and months stays; nothing that does not
    carry a backup's name is touched.
    """
    periods: tuple[Callable[[datetime], object], ...] = (
        lambda at: at.date(),
        lambda at: at.isocalendar()[:2],
        lambda at: (at.year, at.month),
    )
    backups, kept = backups_in(folder), set[Path]()
    for number, period in zip(keep, periods, strict=True):
        latest: dict[object, Path] = {}
        for path in backups:  # the newest first
            latest.setdefault(period(local(made_at(path))), path)
        kept |= set(list(latest.values())[:number])
    return [path for path in backups[1:] if path not in kept]
