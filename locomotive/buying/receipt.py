"""Receipt: a delivery note becomes lots, all of its lines or none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Invalid, Refusal
from ..farm.lot import Lot, ReasonMissing, receive
from ..farm.produce import Produce
from ..farm.supplier import Pack, Supplier, by_unit, packs_in, that_holds
from ..farm.unit import ONE
from .note import DeliveryNote, NoteLine, check_meant, close_note
from .offer import PackForeign
from .purchase import Purchase, PurchaseChanged, PurchaseLine, purchases, settle_purchase


@dataclass(frozen=True)
class Arrival:
    """What was found of one produce at the door: counted, measured, accepted or refused."""

    packs: int  # thousandths of packs
    price_cents: int | None = None  # of one pack
    harvested_on: date | None = None
    use_by: date | None = None
    tenths: int | None = None
    countries: tuple[str, str, str] = ("", "", "")
    mark: str = ""
    refused_because: str = ""
    refused_packs: int | None = None  # None: all of it, when there is a reason
    pack_id: int | None = None  # what came instead

    @property
    def accepted(self) -> int:
        """Thousandths of packs that are kept."""
        return self.packs - self.sent_back

    @property
    def sent_back(self) -> int:
        """Thousandths of packs that go back."""
        if not self.refused_because:
            return 0
        return self.packs if self.refused_packs is None else self.refused_packs


@dataclass(frozen=True)
class Unannounced:
    """What came without a note: who brought which produce in which unit, and how it arrived."""

    supplier_id: int
    produce_id: int
    unit: str
    arrival: Arrival
    holds: int | None = None  # what one of the unit holds, where he sells several sizes


class UnitUnknown(Invalid):
    message = N_(
        "%(supplier)s has no conversion for this unit of %(produce)s. Add the pack to his page."
    )


class SizeMissing(Invalid):
    message = N_("%(supplier)s sells this in several sizes. Write what one of them holds.")


class NoteStray(Invalid):
    message = N_(
        "An order for this produce is still owed. Choose it above, or tick the box if this came "
        "besides."
    )


class RefusedTooMany(Invalid):
    message = N_("You cannot refuse more than came. Write how much of it goes back.")


@dataclass(frozen=True)
class Count:
    """What was found of a whole note: line id → what arrived, the order that it answers when the
    note names none, and whether what is odd is meant."""

    arrivals: Mapping[int, Arrival]
    purchase_id: int | None = None
    is_sure: bool = False
    is_closed: bool = True


def receive_note(
    session: Session, note: DeliveryNote, count: Count, *, day: date, now: datetime
) -> list[Lot]:
    """Make a lot of each line, two where a part is refused; what did not arrive makes none. What
    is missing of the order stays owed unless the count `is_closed`.

    Raises NoteReceived, NoteEarly, NoteDoubled, NoteStray, ReasonMissing, RefusedTooMany, and the
    refusals of `receive` with the line's id behind the field.
    """
    close_note(session, note, now=now)
    if count.purchase_id is not None:
        _attach(session, note, session.get_one(Purchase, count.purchase_id))
    if not count.is_sure:
        check_meant(session, note, today=day)
        if note.purchase_id is None and orders_answered(session, note):
            raise NoteStray(field="purchase_id")
    lots = []
    packs = _packs_of(session, note)
    for line in note.lines:
        arrival = count.arrivals.get(line.id)
        for part in _parts(arrival, line) if arrival is not None and arrival.packs else []:
            try:
                lot = _lot_of(session, note, line, part, day)
                pack = (
                    packs.get(line.id) if part.pack_id is None else session.get(Pack, part.pack_id)
                )
                lot.labels = pack.labels if pack else ""
                lots.append(receive(session, lot, is_sure=count.is_sure, now=now))
            except Refusal as refusal:
                refusal.values["field"] = f"{refusal.values.get('field', 'quantity')}-{line.id}"
                raise
    if note.purchase_id is not None:
        purchase = session.get_one(Purchase, note.purchase_id, with_for_update=True)
        came = _came(note, count.arrivals)
        settle_purchase(session, purchase, came, is_closed=count.is_closed, now=now)
    return lots


def orders_answered(session: Session, note: DeliveryNote) -> list[Purchase]:
    """The supplier's orders of which something is owed that the note brings."""
    brought = {(line.produce_id, line.unit) for line in note.lines}
    asked = purchases(session, supplier=note.supplier, limit=20)
    return [
        order
        for order in asked
        if order.is_owed
        and any((line.produce_id, line.unit) in brought for line in order.lines if line.owed_packs)
    ]


def _attach(session: Session, note: DeliveryNote, purchase: Purchase) -> None:
    """Let a note answer an order. Raises PurchaseChanged."""
    if purchase.supplier_id != note.supplier_id or not purchase.is_owed:
        raise PurchaseChanged
    note.purchase_id = purchase.id
    for line in note.lines:
        line.purchase_line_id = _line_asked(purchase, line)
    session.flush()


def _line_asked(purchase: Purchase, line: NoteLine) -> int | None:
    """The line of an order that a note's line answers: of the same size, else the only one of
    its unit."""
    same = [
        asked
        for asked in purchase.lines
        if (asked.produce_id, asked.unit) == (line.produce_id, line.unit)
    ]
    exact = [asked for asked in same if asked.pack_amount == line.pack_amount]
    found = exact or (same if len(same) == 1 else [])
    return found[0].id if found else None


def _came(note: DeliveryNote, arrivals: Mapping[int, Arrival]) -> dict[int, int]:
    """Line of the order → thousandths of packs that were accepted, what came instead included."""
    came: dict[int, int] = {}
    for line in note.lines:
        if line.purchase_line_id is not None and line.id in arrivals:
            before = came.get(line.purchase_line_id, 0)
            came[line.purchase_line_id] = before + arrivals[line.id].accepted
    return came


def _lot_of(session: Session, note: DeliveryNote, line: NoteLine, part: Arrival, day: date) -> Lot:
    """The lot of a line, of another produce when that came instead. Raises PackForeign."""
    produce_id, amount = line.produce_id, line.pack_amount
    if part.pack_id is not None:
        pack = session.get(Pack, part.pack_id)
        if pack is None or pack.supplier_id != note.supplier_id:
            raise PackForeign(field="replaced")
        produce_id, amount = pack.produce_id, pack.amount
    lot = _lot(note.supplier_id, produce_id, amount, part, day)
    lot.note_id, lot.purchase_line_id = note.id, line.purchase_line_id
    lot.ordered = _ordered(session, line) if produce_id == line.produce_id else None
    lot.replaces_id = line.produce_id if produce_id != line.produce_id else None
    return lot


def _packs_of(session: Session, note: DeliveryNote) -> dict[int, Pack | None]:
    """Line of a note → the pack in which its supplier sells what it names."""
    ours = {line.produce_id for line in note.lines}
    sold = select(Pack).where(Pack.supplier_id == note.supplier_id, Pack.produce_id.in_(ours))
    packs = by_unit(session.scalars(sold))
    return {
        line.id: that_holds(packs.get((line.produce_id, line.unit), ()), line.pack_amount)
        for line in note.lines
    }


def _parts(arrival: Arrival, line: NoteLine) -> list[Arrival]:
    """What is kept and what goes back of one line, each as an arrival of its own."""
    if arrival.refused_packs and not arrival.refused_because:
        raise ReasonMissing(field=f"refused-{line.id}")
    if arrival.accepted < 0:
        raise RefusedTooMany(field=f"refused_packs-{line.id}")
    kept = replace(arrival, packs=arrival.accepted, refused_because="", refused_packs=None)
    back = replace(arrival, packs=arrival.sent_back, refused_packs=None)
    return [part for part in (kept, back) if part.packs]


def _ordered(session: Session, line: NoteLine) -> int | None:
    if line.purchase_line_id is None:
        return None
    return session.get_one(PurchaseLine, line.purchase_line_id).amount


def receive_unannounced(
    session: Session, came: Unannounced, *, day: date, is_sure: bool = False, now: datetime
) -> Lot:
    """Make a lot of what arrived without a note. Raises UnitUnknown when the supplier has no
    such pack, SizeMissing when he has several, and the refusals of `receive`."""
    pack = _pack_that_came(session, came)
    lot = _lot(pack.supplier_id, pack.produce_id, pack.amount, came.arrival, day)
    lot.labels = pack.labels
    return receive(session, lot, is_sure=is_sure, now=now)


def _pack_that_came(session: Session, came: Unannounced) -> Pack:
    """Raises UnitUnknown, SizeMissing."""
    packs = packs_in(session, came.supplier_id, came.produce_id, came.unit)
    sold = [pack for pack in packs if pack.ended_at is None] or packs[:1]
    fits = [pack for pack in sold if came.holds in (None, pack.amount)]
    if len(fits) == 1:
        return fits[0]
    supplier = session.get_one(Supplier, came.supplier_id)
    produce = session.get_one(Produce, came.produce_id)
    words = {"supplier": supplier.name, "produce": produce.name}
    if came.holds is None and fits:
        raise SizeMissing(supplier=supplier.name, field="holds")
    raise UnitUnknown(**words, field="unit")


def _lot(supplier_id: int, produce_id: int, pack_amount: int, arrival: Arrival, day: date) -> Lot:
    price = arrival.price_cents
    born, reared, slaughtered = arrival.countries
    return Lot(
        supplier_id=supplier_id,
        produce_id=produce_id,
        received=arrival.packs * pack_amount // ONE,
        cost_cents=None if price is None else round(arrival.packs * price / ONE),
        received_on=day,
        harvested_on=arrival.harvested_on,
        use_by=arrival.use_by,
        tenths=arrival.tenths,
        born_in=born,
        reared_in=reared,
        slaughtered_in=slaughtered,
        mark=arrival.mark,
        refused_because=arrival.refused_because,
    )
