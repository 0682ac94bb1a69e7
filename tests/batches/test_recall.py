"""A recall blocks batches and bags, shows a red sign at once, and is lifted with a reason."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.batches.recall import (
    BatchFree,
    Recall,
    RecallLifted,
    Told,
    begin_recall,
    discard_batch,
    lift_recall,
)
from locomotive.batches.trace import trace
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.lot import Lot, ReasonMissing
from locomotive.kitchen import board_cache
from locomotive.kitchen.press import press
from locomotive.menu.menu import OffSale
from locomotive.ordering.order import Order, OrderLine
from locomotive.ordering.step import OrderBlocked
from locomotive.origins.batch import Batch
from tests.farm_day import batch, lot, recipe
from tests.service_day import DATE, Day


@pytest.fixture(autouse=True)
def soup(both: Day) -> None:
    recipe("soup", leeks=0.1, cream=0.05)


def step(day: Day, order: Order, to: str) -> None:
    with write_tx() as session:
        ours = session.get_one(Order, order.id, populate_existing=True)
        press(session, ours, to=to, seen=ours.status, device="kitchen", now=day.at(11))


def recalled(day: Day, *lots: Lot) -> Recall:
    with write_tx() as session:
        told = Told("listeria", "Do not eat.", is_exercise=False)
        ours = [session.get_one(Lot, one.id) for one in lots]
        return begin_recall(session, ours, told, today=DATE, now=day.at(11))


def fresh(order: Order) -> Order:
    db.session.rollback()
    return db.session.get_one(Order, order.id, populate_existing=True)


def test_bags_in_the_house_stay_there_and_those_that_left_are_listed(both: Day) -> None:
    lots = lot(both, "leeks", 50), lot(both, "cream", 50)
    gone, closed, open_ = (both.order(soup=1) for _ in range(3))
    other = both.order(salad=1)
    batch(both, "soup", 5)
    for order in (gone, closed):
        step(both, order, "ready")
    step(both, gone, "handed over")
    recall = recalled(both, *lots)
    assert [fresh(o).blocked_at is not None for o in (gone, closed, open_, other)] == [
        False, True, True, False,
    ]  # fmt: skip
    traced = trace(db.session(), recall.lot_ids)
    assert [reached.order_id for reached in traced.gone] == [gone.id]
    for order, to in ((open_, "ready"), (closed, "handed over")):
        with pytest.raises(OrderBlocked):
            step(both, order, to)
    step(both, other, "ready")
    with pytest.raises(OffSale):
        both.order(soup=1)


def test_a_block_is_lifted_with_a_reason_and_frees_what_no_other_recall_holds(both: Day) -> None:
    leeks, cream = lot(both, "leeks", 50), lot(both, "cream", 50)
    order = both.order(soup=1)
    batch(both, "soup", 5)
    first, second = recalled(both, leeks), recalled(both, leeks, cream)
    with pytest.raises(ReasonMissing), write_tx() as session:
        lift_recall(session, second, reason="", today=DATE, now=both.at(12))
    for recall, is_blocked in ((second, True), (first, False)):
        with write_tx() as session:
            ours = session.get_one(Recall, recall.id)
            lift_recall(session, ours, reason="analysis clean", today=DATE, now=both.at(12))
        assert (fresh(order).blocked_at is not None) == is_blocked
    db.session.expire_all()
    assert {one.blocked_at for one in db.session.scalars(select(Lot))} == {None}
    assert {one.blocked_at for one in db.session.scalars(select(Batch))} == {None}
    step(both, order, "ready")
    assert both.order(soup=1).id
    with pytest.raises(RecallLifted), write_tx() as session:
        lift_recall(session, first, reason="again", today=DATE, now=both.at(12))


def test_a_batch_thrown_away_is_cooked_again_and_its_bags_are_opened(both: Day) -> None:
    leeks, _cream = lot(both, "leeks", 1), lot(both, "cream", 50)
    lot(both, "leeks", 50)
    gone, closed = both.order(soup=1), both.order(soup=1)
    made = batch(both, "soup", 5)
    for order in (gone, closed):
        step(both, order, "ready")
    step(both, gone, "handed over")
    with pytest.raises(BatchFree), write_tx() as session:
        discard_batch(session, session.get_one(Batch, made.id), device="k", now=both.at(12))
    recalled(both, leeks)
    with write_tx() as session:
        discard_batch(session, session.get_one(Batch, made.id), device="k", now=both.at(12))
    assert (fresh(closed).status, fresh(closed).blocked_at) == ("started", None)
    cooked = db.session.scalars(select(OrderLine.cooked).where(OrderLine.order_id == closed.id))
    assert cooked.one() == 0
    # Whoever ate of it is still found; whoever did not is not.
    assert [r.order_id for r in trace(db.session(), [leeks.id]).reached] == [gone.id]
    step(both, closed, "ready")


def test_every_screen_shows_the_red_sign_at_its_next_poll(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: both.at(11))
    monkeypatch.setattr(board_cache, "MAX_AGE", 0.0)  # no poll comes before a board is old
    leeks, _cream = lot(both, "leeks", 50), lot(both, "cream", 50)
    order = both.order("Nadia", soup=1)
    batch(both, "soup", 5)
    kitchen = both.signed_in("kitchen")
    pages = ("/kitchen/board", *(f"/kitchen/{p}/board" for p in ("cook", "pack", "hand_over")))
    tags = {page: kitchen.get(page).headers["ETag"] for page in pages}
    office: FlaskClient = both.signed_in("manager")
    data = {"reason": "listeria", "text": "Do not eat."}
    begun = office.post(f"/farm/lots/{leeks.id}/recall", data=data)
    for page, tag in tags.items():
        answer = kitchen.get(page, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert f'id="blocked-{order.id}"' in answer.text
    assert "holds the recalled lot" in office.get("/office/").text
    page = begun.headers["Location"]
    assert office.post(f"{page}/lift", data={"reason": ""}).status_code == 422
    assert office.post(f"{page}/lift", data={"reason": "clean"}).status_code == 303
    assert "blocked-" not in kitchen.get(pages[0]).text
    assert "clean" in office.get(page).text


def test_several_lots_are_found_by_the_suppliers_number_and_recalled_together(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: both.at(11))
    lots = [lot(both, "leeks", 5), lot(both, "cream", 5)]
    other = lot(both, "leeks", 5)
    with write_tx() as session:
        for one in lots:
            session.get_one(Lot, one.id).mark = "LOT 77_a"
    office: FlaskClient = both.signed_in("manager")
    page = office.get("/farm/recalls/?find=77_A").text
    assert [f'id="lot-{one.id}"' in page for one in (*lots, other)] == [True, True, False]
    assert f'id="lot-{other.id}"' in office.get(f"/farm/recalls/?find={other.name}").text
    ticked = "&".join(f"lot={one.id}" for one in lots)
    answer = office.get(f"/farm/recalls/lots?{ticked}")
    assert all(one.name in office.get(answer.headers["Location"]).text for one in lots)
    data = {"reason": "listeria", "text": "Do not eat.", "lot": [str(lots[1].id)]}
    begun = office.post(f"/farm/lots/{lots[0].id}/recall", data=data)
    assert begun.status_code == 303
    recall = db.session.scalars(select(Recall)).one()
    assert recall.lot_ids == [one.id for one in lots]
    assert office.get(f"/farm/lots/{lots[0].id}/recall-list?lot={lots[1].id}").status_code == 200
    assert office.get("/farm/recalls/lots").status_code == 303
