"""A bad day drops no shipment in silence, and no shipment costs a meal its promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.dispatch.trouble import Trouble, answer_to, apply_answer
from locomotive.disruption.disruption import Upset, apply_disruption, what_breaks
from locomotive.promise.question import completed
from locomotive.promise.tentative_plan import NOTHING, current_plan, delivery_of, replace_plan
from locomotive.rounds.release import decided_rounds, release
from locomotive.rounds.round import Round
from locomotive.service.fleet import shifts_as, shifts_of
from locomotive.verification.promises import wrong_promises
from tests.partner_day import promised, shipment
from tests.service_day import Day


def depot(day: Day) -> tuple[float, float]:
    found: tuple[float, float] = day.app.extensions["settings"].depot
    return found


def upset(day: Day, *, off: int) -> Upset:
    """So many tricycles stay off."""
    service = day.service
    shifts = shifts_of(db.session(), service)
    wanted = {s.id: (time(11), time(14), n < off) for n, s in enumerate(shifts)}
    return Upset(shifts=shifts_as(service, shifts, wanted))


def test_without_any_tricycle_the_partner_is_named_and_the_promise_taken_back(
    one_farm: Day, manager: FlaskClient
) -> None:
    found = promised(one_farm)
    lost = what_breaks(
        db.session(),
        one_farm.service,
        upset(one_farm, off=2),
        depot=depot(one_farm),
        now=clock.now(),
    )
    assert [one.code for one in lost.shipments] == [found.code]
    with write_tx() as session:
        apply_disruption(session, one_farm.service, lost, reason="no tricycle", now=clock.now())
    assert shipment(found.code).state == "withdrawn"
    assert shipment(found.code).reason == "no tricycle"
    page = manager.get("/delivery/2026-11-24/").text
    assert "Its promise was taken back: call the partner." in page
    assert "03 21 00 00 08" in page


def test_one_tricycle_less_keeps_what_it_can_carry(one_farm: Day) -> None:
    found = promised(one_farm)
    kept = what_breaks(
        db.session(),
        one_farm.service,
        upset(one_farm, off=1),
        depot=depot(one_farm),
        now=clock.now(),
    )
    assert kept.shipments == ()
    assert {end.planner_id for end in found.ends} <= kept.plan.served()


def test_a_released_shipment_of_a_broken_tricycle_goes_with_the_other_one(one_farm: Day) -> None:
    found = promised(one_farm)
    [round_] = one_farm.plan()
    with write_tx() as session:
        mine = session.get_one(Round, round_.id)
        release(session, mine, seen=mine.stamp, now=one_farm.at(10))
    assert decided_rounds(db.session(), one_farm.service)[0].shipments == (found.id,)
    trouble = Trouble("tricycle", tricycle_id=round_.tricycle_id, at=one_farm.at(10, 30))
    now, where = clock.now(), depot(one_farm)
    answer = answer_to(db.session(), one_farm.service, trouble, depot=where, now=now)
    assert answer.found.shipments == ()
    with write_tx() as session:
        apply_answer(session, one_farm.service, answer, device="office", depot=where, now=now)
    [again] = one_farm.rounds()
    assert again.tricycle_id != round_.tricycle_id
    assert [stop.end and stop.end.planner_id for stop in again.stops] == [
        end.planner_id for end in found.ends
    ]


def test_what_no_longer_fits_beside_the_meals_gives_way_to_them(one_farm: Day) -> None:
    one_farm.leave_one_tricycle()
    promised(one_farm, starts=time(12), ends=time(12, 30))
    # Meals that no question allowed: together with the shipment they are too many.
    for place in ("town hall", "library", "school", "garage"):
        one_farm.order(to=place, slot=(12, 15), carbonade=3)
    delivery = delivery_of(db.session(), one_farm.service, depot(one_farm))
    meals = delivery.orders.keys()
    with_it = completed(delivery.problem, current_plan(db.session(), one_farm.service).plan)
    ends = set(delivery.ends)
    alone = replace(
        delivery.problem,
        stops=tuple(s for s in delivery.problem.stops if s.id not in ends),
        shipments=(),
    )
    without = completed(alone, NOTHING)
    assert len(with_it.served() & meals) == len(without.served())
    assert not ends & with_it.served()


def test_a_meal_weighs_more_than_all_shipments_together(one_farm: Day) -> None:
    for n in range(3):
        promised(one_farm, key=f"k{n}", crates=1, kilos=0)
    one_farm.order(to="town hall")
    delivery = delivery_of(db.session(), one_farm.service, depot(one_farm))
    weights = {stop.id: stop.priority for stop in delivery.problem.stops}
    carried = sum(weights[key] for key in delivery.ends)
    assert all(weights[key] > carried for key in delivery.orders)


def test_the_plan_that_lost_a_shipment_contradicts_its_promise(one_farm: Day) -> None:
    found = promised(one_farm)

    def said() -> list[str]:
        db.session.rollback()
        return [
            one
            for one in wrong_promises(db.session(), depot=depot(one_farm), today=one_farm.date)
            if found.code in one
        ]

    assert said() == []
    with write_tx() as session:
        replace_plan(session, one_farm.service.id, NOTHING, seen=1)
    assert said() == [f"shipment {found.code}: the plan in force does not serve it"]
