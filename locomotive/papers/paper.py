"""Paper pack: all that a lunch needs when the network is gone, kept as files.

Each pack is a file of its own, named after the instant at which it was made, so that a later one
never destroys what was printed. The files name people: they go the night after.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from ..core.refusal import N_
from ..service.service import Service

# "pack" holds everything on A4, "labels" the roll of 62 mm.
FORMATS = ("pack", "labels")
# What a pack holds, in its order; the rounds' sheets follow.
PAPERS: dict[str, str] = {
    "production": N_("Production sheet"),
    "exceptions": N_("Exceptions"),
    "labels-a4": N_("Labels on A4 sheets"),
    "labels-roll": N_("Labels on a roll of 62 mm"),
}
ON_A4 = ("production", "exceptions", "labels-a4")
ROLL_WIDTH, ROLL_MARGIN = 62, 3  # mm
STAMP = "%Y%m%dT%H%M%S"
NAME = re.compile(rf"({'|'.join(FORMATS)})-[0-9]{{8}}T[0-9]{{6}}\.pdf")


def pack_folder(instance: Path, day: date) -> Path:
    """Where a lunch's packs are kept."""
    return instance / "paper" / day.isoformat()


def pack_path(instance: Path, day: date, form: str, *, now: datetime) -> Path:
    """The file of a pack that is made now."""
    return pack_folder(instance, day) / f"{form}-{now.astimezone(UTC):{STAMP}}.pdf"


def paper_of(instance: Path, day: date, name: str) -> Path | None:
    """A file of a lunch's packs by its name, None for anything else."""
    path = pack_folder(instance, day) / name
    return path if NAME.fullmatch(name) and path.exists() else None


def last_pack(instance: Path, day: date, form: str) -> tuple[str, datetime] | None:
    """Name and instant of the latest pack of a format."""
    names = sorted(p.name for p in pack_folder(instance, day).glob(f"{form}-*.pdf"))
    if not names:
        return None
    stamp = names[-1].removeprefix(f"{form}-").removesuffix(".pdf")
    return names[-1], datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)


def is_pack_due(
    service: Service, made_at: datetime | None, releases: Iterable[datetime], *, now: datetime
) -> bool:
    """Whether a cut-off, or one of other reasons (a release, a change of content), came after
    the last pack was made."""
    cutoffs = [c for c in (service.delivery_cutoff, service.takeaway_cutoff) if c <= now]
    reasons = [*cutoffs, *releases]
    # A pack's name carries whole seconds, so one of the same second may be older.
    return bool(reasons) and (made_at is None or made_at <= max(reasons))
