"""Guidance: how much a newcomer is guided on the training copy."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.mark import Mark, mark
from ..service.service import Service

# How much a newcomer is guided, and after how many acts less of it.
GUIDANCE = ("shown", "hinted", "none")
ACTS = {"shown": 6, "hinted": 18}


def guidance(copy: Session) -> str:
    """How much the newcomer is guided now: as chosen, else less with each act."""
    chosen = copy.scalar(select(Mark.value).where(Mark.name == "guidance"))
    if chosen in GUIDANCE:
        return str(chosen)
    acts = copy.scalar(select(func.max(Service.version))) or 0
    begun = copy.scalar(select(Mark.value).where(Mark.name == "begun")) or "0"
    done = acts - int(begun)
    return next((level for level, limit in ACTS.items() if done < limit), "none")


def choose_guidance(copy: Session, level: str) -> None:
    """Keep one level of guidance; any other word lets it fade by itself."""
    mark(copy, "guidance", level if level in GUIDANCE else "")
