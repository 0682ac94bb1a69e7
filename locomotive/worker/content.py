"""What is in dishes: everything that shows it follows a change at once, and once a minute."""

from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import write_tx
from ..ordering.content_change import follow_content


def follow(session: Session, cause: str, what: str) -> None:
    """Follow a change of produce, recipe, dish, menu or lots, in its transaction."""
    follow_content(session, cause, what, today=clock.today(), now=clock.now())


def check_content() -> None:
    """What a clock changes has no act to tell of it: a use-by that passed, a day that began."""
    with write_tx() as session:
        follow(session, "time", "")
