"""Search: any order by its number, name, phone, mail address, place, day or state, among a million.

The newest orders come first. An index answers for what few orders have; what many have is soon met
on the way back from the newest one.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, false, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from ..addresses.words import place_key, plain
from ..core.status import Status
from ..service.service import Service
from .order import Order
from .request import phone_key

PAGE = 50
COMMON = 1000  # orders; more that begin so are not sorted to find the newest
LONGEST_NUMBER = 4  # digits of an order's number; more are those of a phone
HIGHEST = "\U0010ffff"  # sorts behind every letter
Beginning = tuple[InstrumentedAttribute[str], str]  # a column, and what its value begins with


@dataclass(frozen=True)
class Sought:
    """What somebody looks for: a text, a day, a state; only orders older than `before`, an id."""

    text: str = ""
    day: date | None = None
    status: Status | None = None
    before: int | None = None

    @property
    def number(self) -> int | None:
        """The order's number that the text is, if it is one."""
        digits = phone_key(self.text.strip())
        is_short = len(digits) <= LONGEST_NUMBER and not digits.startswith("0")
        return int(digits) if self._is_digits and is_short else None

    @property
    def beginnings(self) -> list[Beginning]:
        """What a first name or a place, or else a phone number or a mail address, may begin
        with."""
        if "@" in self.text:
            return [(Order.email_key, self.text.strip().lower())]
        if self._is_digits:
            return [(Order.phone_key, phone_key(self.text.strip()))]
        keys = [(Order.name_key, plain(self.text)), (Order.place_key, place_key(self.text))]
        return [(column, key) for column, key in keys if key]

    @property
    def _is_digits(self) -> bool:
        words = plain(self.text).replace(" ", "")
        return words.isascii() and words.isdigit()


def find_orders(session: Session, sought: Sought) -> tuple[list[Order], bool]:
    """The newest orders that fit, PAGE at most, and whether there are older ones."""
    ids = session.scalars(newest(session, sought)).all()
    found = session.scalars(
        select(Order)
        .where(Order.id.in_(ids[:PAGE]))
        .options(joinedload(Order.service, innerjoin=True))
        .order_by(Order.id.desc())
    )
    return list(found), len(ids) > PAGE


def newest(session: Session, sought: Sought) -> Select[int]:
    """The query for the ids of the newest orders that fit, one more than a page holds."""
    query = _beside(sought).order_by(Order.id.desc()).limit(PAGE + 1)
    if sought.number is not None:
        return query.where(Order.number == sought.number)
    if not sought.beginnings:
        return query
    few = session.scalars(beginning_so(sought)).all()
    if len(few) <= COMMON:
        return query.where(Order.id.in_(few) if few else false())
    met = [func.substr(column, 1, len(key)) == key for column, key in sought.beginnings]
    return query.where(or_(*met))


def beginning_so(sought: Sought) -> Select[int]:
    """The query for the ids of the orders that begin as the text, some if they are common."""
    # A range, for which every index serves; LIKE would need one of its own kind.
    ranges = [
        select(Order.id).where(and_(column >= key, column < key + HIGHEST))
        for column, key in sought.beginnings
    ]
    return select(union_all(*ranges).subquery().c.id).limit(COMMON + 1)


def _beside(sought: Sought) -> Select[int]:
    query = select(Order.id)
    if sought.day:
        service = select(Service.id).where(Service.date == sought.day).scalar_subquery()
        query = query.where(Order.service_id == service)
    if sought.status:
        query = query.where(Order.status == sought.status)
    return query.where(Order.id < sought.before) if sought.before else query
