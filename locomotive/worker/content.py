"""What is in dishes: everything that shows it follows a change at once, and once a minute."""

from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import write_tx
from ..origins.sale import follow_sale


def follow_content(session: Session, _cause: str, _what: str) -> None:
    """Follow a change of produce, recipe, dish, lots, swap, batch or recall, in its transaction."""
    follow_sale(session, today=clock.today())


def check_content() -> None:
    """What a clock changes has no act to tell of it: a use-by that passed, a day that began."""
    with write_tx() as session:
        follow_content(session, "time", "")
