"""Network cut: what the exercise without network takes away from a screen, until one of its presses
has waited for a while."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.mark import Mark, mark
from ..core.refusal import N_, Refusal

MARK = "network"
CUT = "cut"  # nobody has pressed yet; afterwards the mark says when somebody did
# From the press on: longer than a screen takes to turn red.
LASTS = timedelta(seconds=15)


class NetworkCut(Refusal):
    """The screen is to take it for a network that is away: it asks again by itself."""

    message = N_("No network. Wait a little, then press again.")
    status = 503


def cut_network(copy: Session) -> None:
    """Let nothing of this screen arrive."""
    mark(copy, MARK, CUT)


def note_press(copy: Session, *, now: datetime) -> None:
    """Keep when somebody pressed first without network; it comes back LASTS later."""
    if _state(copy) == CUT:
        mark(copy, MARK, now.isoformat())


def is_cut(copy: Session, *, now: datetime) -> bool:
    """Whether the network is away."""
    state = _state(copy)
    return state == CUT or (bool(state) and now < datetime.fromisoformat(state) + LASTS)


def _state(copy: Session) -> str:
    return copy.scalar(select(Mark.value).where(Mark.name == MARK)) or ""
