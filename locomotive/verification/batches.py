"""Batches: the lots that they name against the stock that was taken for them."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..farm.lot import LotMovement
from ..origins.batch import Batch, BatchLot

Amounts = dict[tuple[int, date | None], int]  # lot and day → thousandths


def wrong_batches(session: Session) -> list[str]:
    """The lots of which more or less was taken for a day than its batches say."""
    used = select(LotMovement.lot_id, LotMovement.for_day, -func.sum(LotMovement.delta))
    taken = session.execute(
        used.where(LotMovement.kind == "used").group_by(LotMovement.lot_id, LotMovement.for_day)
    )
    named = session.execute(
        select(BatchLot.lot_id, Batch.day, func.sum(BatchLot.amount))
        .join(Batch, Batch.id == BatchLot.batch_id)
        .where(Batch.undone_at.is_(None))
        .group_by(BatchLot.lot_id, Batch.day)
    )
    out: Amounts = {(lot, day): int(amount) for lot, day, amount in taken}
    told: Amounts = {(lot, day): int(amount) for lot, day, amount in named}
    return [
        f"lot {lot}: {out.get((lot, day), 0)} were taken for {day}, its batches name "
        f"{told.get((lot, day), 0)}"
        for lot, day in sorted(out.keys() | told.keys(), key=str)
        if out.get((lot, day), 0) != told.get((lot, day), 0)
    ]
