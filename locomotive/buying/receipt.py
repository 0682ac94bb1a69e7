"""Receipt: a delivery note becomes lots, all of its lines or none."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from ..core.refusal import N_, Invalid, Refusal
from ..farm.lot import Lot, ReasonMissing, receive
from ..farm.produce import Produce
from ..farm.supplier import Supplier, pack_in
from ..farm.unit import ONE
from .note import DeliveryNote, NoteLine, close_note
from .purchase import Purchase, PurchaseLine, settle_purchase


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


class UnitUnknown(Invalid):
    message = N_(
        "%(supplier)s has no conversion for this unit of %(produce)s. Add the pack to his page."
    )


class RefusedTooMany(Invalid):
    message = N_("You cannot refuse more than came. Write how much of it goes back.")


def receive_note(
    session: Session,
    note: DeliveryNote,
    arrivals: dict[int, Arrival],
    *,
    day: date,
    is_sure: bool = False,
    is_closed: bool = True,
    now: datetime,
) -> list[Lot]:
    """Make a lot of each line (line id → what arrived), two where a part is refused; what did not
    arrive makes none. What is missing of the order stays owed unless it `is_closed`.

    Raises NoteReceived, ReasonMissing, RefusedTooMany, and the refusals of `receive` with the
    line's id behind the field.
    """
    close_note(session, note, now=now)
    lots = []
    for line in note.lines:
        arrival = arrivals.get(line.id)
        if arrival is None or not arrival.packs:
            continue
        for part in _parts(arrival, line):
            lot = _lot(note.supplier_id, line.produce_id, line.pack_amount, part, day)
            lot.note_id, lot.purchase_line_id = note.id, line.purchase_line_id
            lot.ordered = _ordered(session, line)
            try:
                lots.append(receive(session, lot, is_sure=is_sure, now=now))
            except Refusal as refusal:
                refusal.values["field"] = f"{refusal.values.get('field', 'quantity')}-{line.id}"
                raise
    if note.purchase_id is not None:
        came = {
            line.purchase_line_id: arrivals[line.id].accepted
            for line in note.lines
            if line.purchase_line_id is not None and line.id in arrivals
        }
        purchase = session.get_one(Purchase, note.purchase_id, with_for_update=True)
        settle_purchase(session, purchase, came, is_closed=is_closed, now=now)
    return lots


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
    such pack, and the refusals of `receive`."""
    pack = pack_in(session, came.supplier_id, came.produce_id, came.unit)
    if pack is None:
        supplier = session.get_one(Supplier, came.supplier_id)
        produce = session.get_one(Produce, came.produce_id)
        raise UnitUnknown(supplier=supplier.name, produce=produce.name, field="unit")
    lot = _lot(pack.supplier_id, pack.produce_id, pack.amount, came.arrival, day)
    return receive(session, lot, is_sure=is_sure, now=now)


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
