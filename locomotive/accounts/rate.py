"""Rate: how often something may be tried in a while, counted in one atomic statement."""

from datetime import datetime, timedelta
from functools import cache
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from sqlalchemy import String, bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from ..core.base import Base, count_changed
from ..core.personal import NETWORK, personal
from ..core.refusal import N_, Refusal


class Rate(Base):
    """A counter of one thing (such as sign-ins from one address) since `began_at`."""

    __tablename__ = "rate"

    name: Mapped[str] = mapped_column(String(120), primary_key=True, info=personal(NETWORK))
    began_at: Mapped[datetime]
    tries: Mapped[int]


# Built once: every order passes here.
_TRIES = select(Rate.tries).where(
    Rate.name == bindparam("name"), Rate.began_at >= bindparam("since", type_=Rate.began_at.type)
)


@cache
def _counting(engine: str) -> ReturningInsert[Any]:
    """One try more of `counted` at `now`, or the first one since `since`."""
    insert = postgresql.insert if engine == "postgresql" else sqlite.insert
    now, since = (bindparam(name, type_=Rate.began_at.type) for name in ("now", "since"))
    is_over = Rate.began_at < since
    return (
        insert(Rate)
        .values(name=bindparam("counted"), began_at=now, tries=1)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={
                "tries": case((is_over, 1), else_=Rate.tries + 1),
                "began_at": case((is_over, now), else_=Rate.began_at),
            },
        )
        .returning(Rate.tries)
    )


class TooOften(Refusal):
    message = N_("Too many tries. Wait %(minutes)s min, or call us.")
    status = 429
    retry_seconds = 60


def network_of(address: str | None) -> str:
    """What one visitor has of addresses: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def near_network(address: str | None) -> str:
    """A network wide enough to name no single line: a /24, of IPv6 a /48."""
    try:
        found = ip_address(network_of(address).partition("/")[0])
    except ValueError:
        return ""
    width = 24 if isinstance(found, IPv4Address) else 48
    return str(ip_network((found, width), strict=False))


def check_tries(
    session: Session, name: str, *, limit: int, period: timedelta, now: datetime
) -> None:
    """Raises TooOften when `limit` tries were counted already; a look, no write."""
    asked = {"name": name, "since": now - period}
    if (session.scalar(_TRIES, asked) or 0) >= limit:
        raise TooOften(minutes=max(1, round(period.total_seconds() / 60)))


def forget_tries(session: Session, name: str) -> None:
    """Begin to count anew."""
    session.execute(delete(Rate).where(Rate.name == name))


def count_try(session: Session, name: str, *, limit: int, period: timedelta, now: datetime) -> None:
    """Count one try; raises TooOften when more than `limit` fell into the last `period`."""
    counted = {"counted": name, "now": now, "since": now - period}
    tries = session.scalar(_counting(session.get_bind().dialect.name), counted)
    if tries is not None and tries > limit:
        raise TooOften(minutes=max(1, round(period.total_seconds() / 60)))


def forget_rates(session: Session, *, before: datetime) -> int:
    """Drop the counters that began before a moment; return how many."""
    return count_changed(session, delete(Rate).where(Rate.began_at < before))
