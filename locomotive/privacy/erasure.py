"""Erasure: what nobody needs any more goes, from tables, files, and the bytes of the database."""

from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from ..accounts.rate import forget_rates
from ..accounts.signin import forget_sign_ins
from ..core.base import count_changed
from ..core.clock import local
from ..core.personal import Keep
from ..feeds.reader import forget_unconfirmed
from ..ordering.order import Order
from ..places.address import KnownAddress
from ..places.travel_time import Leg
from ..promise.inquiry import WORTH, Inquiry, forget_inquiries
from .inventory import erased_value, of_lunches, old_files, personal_columns

CONTACT_IS_KEPT = timedelta(days=30)
DOOR_IS_KEPT = timedelta(days=365)
Depot = tuple[float, float]


def erase_due(session: Session, *, depot: Depot, now: datetime) -> int:
    """Erase from the tables whatever is no longer due; return how many rows changed."""
    today = local(now).date()
    return (
        forget_rates(session, before=now - timedelta(days=1))
        + forget_inquiries(session, before=now - WORTH)
        + erase_rows(session, Keep.NIGHT, before=today, depot=depot)
        + erase_contacts(session, before=today - CONTACT_IS_KEPT, depot=depot)
        + _forget_doors(session, now=now)
        + forget_unconfirmed(session, now=now)
        + forget_sign_ins(session, now=now)
    )


def erase_contacts(session: Session, *, before: date, depot: Depot) -> int:
    """Erase who ordered, where to and what was written about it from lunches before a day; what
    was ordered and its price stay. Returns how many rows changed."""
    erased = erase_rows(session, Keep.NIGHT, before=before, depot=depot)
    erased += erase_rows(session, Keep.MONTH, before=before, depot=depot)
    asked = of_lunches(Inquiry.__table__, before=before)
    assert asked is not None
    erased += count_changed(session, delete(Inquiry).where(asked))
    if erased:
        # Ways between doors: those that are still needed are measured anew.
        session.execute(delete(Leg))
    return erased


def erase_rows(session: Session, keep: Keep, *, before: date, depot: Depot) -> int:
    """Erase the columns that are kept so long from rows of lunches before a day."""
    count = 0
    for table, columns in personal_columns(keep).items():
        belongs = of_lunches(table, before=before)
        if belongs is None:
            continue
        values = {c.name: erased_value(c, depot) for c in columns}
        filled = or_(*(c.is_distinct_from(values[c.name]) for c in columns))
        count += count_changed(session, update(table).where(belongs, filled).values(values))
    return count


def _forget_doors(session: Session, *, now: datetime) -> int:
    """Forget the doors where nobody ordered to for a year."""
    orders = select(Order.id).where(
        Order.street == KnownAddress.street, Order.town == KnownAddress.town
    )
    is_used = or_(orders.exists(), KnownAddress.used_at.is_(None))
    session.execute(update(KnownAddress).where(is_used).values(used_at=now))
    old = delete(KnownAddress).where(KnownAddress.used_at < now - DOOR_IS_KEPT)
    return count_changed(session, old)


def erase_files(root: Path, *, now: datetime, before: date | None = None) -> int:
    """Remove the files that nobody needs any more, or those of days before one; return how
    many."""
    today = local(now).date()
    limits = {Keep.NIGHT: today, Keep.MONTH: before or today - CONTACT_IS_KEPT}
    count = 0
    for keep, limit in limits.items():
        for path in old_files(root, keep, before=limit):
            path.unlink(missing_ok=True)
            count += 1
    return count
