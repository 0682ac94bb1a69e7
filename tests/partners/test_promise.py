"""A shipment is promised only if every promise of the day holds together with it."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy import func, select

import routing
from locomotive.core.clock import clock, local
from locomotive.core.db import db, write_tx
from locomotive.partners.promising import NoWindow, ShipmentRefused, cancel_shipment
from locomotive.partners.request import AddressOutside, KeyReused, NoRounds, WindowInvalid
from locomotive.places.address import Place
from locomotive.promise.tentative_plan import current_plan, delivery_of
from locomotive.rounds.act import Done, note_act
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from locomotive.shipments.shipment import (
    Shipment,
    ShipmentDecided,
    ShipmentOver,
    ShipmentUnknown,
)
from tests.partner_day import lay_partner, promised, shipment, the_partner
from tests.service_day import Day


def unkept(day: Day) -> list[str]:
    """What the plan in force breaks of the promises as they stand."""
    db.session.rollback()
    depot = day.app.extensions["settings"].depot
    delivery = delivery_of(db.session(), day.service, depot)
    plan = current_plan(db.session(), day.service).plan
    missing = {stop.id for stop in delivery.problem.stops} - plan.served()
    return [*sorted(missing), *routing.violations(delivery.problem, plan)]


def test_a_shipment_is_promised_and_stands_in_the_plan_in_force(farm: Day) -> None:
    found = promised(farm)
    assert found.state == "promised"
    assert found.plan_version == current_plan(db.session(), farm.service).version == 1
    assert unkept(farm) == []
    [[*stops]] = [
        [visit.stop for visit in trip.visits]
        for _, trip in current_plan(db.session(), farm.service).plan.trips()
    ]
    assert stops == [f"fetch-{found.code}", f"bring-{found.code}"]


def test_the_same_key_is_one_shipment_and_another_content_under_it_is_refused(farm: Day) -> None:
    first, again = promised(farm), promised(farm)
    assert first.code == again.code
    assert db.session.scalar(select(func.count(Shipment.id))) == 1
    with pytest.raises(KeyReused):
        promised(farm, crates=1)
    assert promised(farm, key="second", crates=1).code != first.code


def test_a_meal_is_asked_for_beside_a_promised_shipment(farm: Day) -> None:
    promised(farm, crates=3, kilos=0)
    farm.order(to="town hall", carbonade=4)
    plan_all(farm)
    assert unkept(farm) == []


def plan_all(day: Day) -> list[Round]:
    rounds = day.plan()
    assert rounds
    return rounds


def test_what_the_tricycle_cannot_carry_gets_no_promise(farm: Day) -> None:
    with pytest.raises(NoWindow):
        promised(farm, crates=4)  # the room of 16 boxes; a tricycle takes 12


def test_a_window_before_the_shifts_is_answered_with_the_nearest_three(farm: Day) -> None:
    with pytest.raises(ShipmentRefused) as refused:
        promised(farm, starts=time(9, 30), ends=time(10, 30))
    windows = refused.value.windows
    assert len(windows) == 3
    for window in windows:
        assert window.ends_at > farm.at(11)
        assert (window.ends_at - window.starts_at).seconds == 3600
    assert db.session.scalar(select(func.count(Shipment.id))) == 0
    times = [one.starts_at for one in windows]
    assert times == sorted(times)


def test_the_nearest_times_that_are_said_can_be_had(farm: Day) -> None:
    with pytest.raises(ShipmentRefused) as refused:
        promised(farm, starts=time(9, 30), ends=time(10, 30))
    window = refused.value.windows[0]
    starts, ends = (local(at).time() for at in (window.starts_at, window.ends_at))
    assert promised(farm, key="again", starts=starts, ends=ends).state == "promised"


def test_bad_windows_days_and_places_are_refused_in_a_sentence(farm: Day) -> None:
    for wrong in ({"starts": time(13, 30)}, {"starts": time(8), "ends": time(8, 30)}):
        with pytest.raises(WindowInvalid):
            promised(farm, **wrong)
    with pytest.raises(NoRounds):
        promised(farm, day=farm.date.replace(day=25))
    with pytest.raises(AddressOutside):
        far(farm)


def far(day: Day) -> None:
    with write_tx() as session:
        where = {"latitude": 51.03, "longitude": 2.37}
        session.add(Place(name="Port de Dunkerque", street="quai 1", town="Dunkerque", **where))
    promised(day, end="Port de Dunkerque")


def test_what_is_cancelled_leaves_its_room_to_others(farm: Day) -> None:
    found = promised(farm)
    cancel(found.code)
    assert shipment(found.code).state == "cancelled"
    cancel(found.code)  # twice is once
    depot = farm.app.extensions["settings"].depot
    assert delivery_of(db.session(), farm.service, depot).problem.stops == ()


def cancel(code: str, name: str = "Ferme des Hauts") -> None:
    with write_tx() as session:
        cancel_shipment(session, the_partner(name), code, now=clock.now())


def test_another_partner_s_shipment_is_unknown(farm: Day) -> None:
    found = promised(farm)
    lay_partner("Ressourcerie")
    with pytest.raises(ShipmentUnknown):
        cancel(found.code, "Ressourcerie")
    assert shipment(found.code).state == "promised"


def act(day: Day, place: str, what: str, key: str, minute: int) -> None:
    with write_tx() as session:
        for round_ in session.scalars(select(Round)).all():
            for stop in round_.stops:
                if stop.place_name == place:
                    done = Done(key=key, stop_id=stop.id, act=what, at=day.at(12, minute))
                    note_act(session, round_, done, device="phone", now=day.at(12, minute))


def release_all(day: Day) -> None:
    with write_tx() as session:
        for round_ in session.scalars(select(Round)).all():
            release(session, round_, seen=round_.stamp, now=day.at(10))


def test_the_rider_fetches_and_brings_it_and_each_time_is_known(
    farm: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = promised(farm)
    [round_] = plan_all(farm)
    assert [(s.place_name, s.is_pickup) for s in round_.stops] == [
        ("Médiathèque", True),
        ("École Pantigny", False),
    ]
    release_all(farm)
    with pytest.raises(ShipmentDecided):
        cancel(found.code)
    monkeypatch.setattr(clock, "now", lambda: farm.at(12, 50))
    act(farm, "Médiathèque", "collected", "a", 20)
    assert shipment(found.code).state == "loaded"
    with pytest.raises(ShipmentDecided):
        cancel(found.code)
    act(farm, "École Pantigny", "delivered", "b", 42)
    act(farm, "École Pantigny", "delivered", "b", 42)  # a phone sends twice
    done = shipment(found.code)
    assert (done.state, done.loaded_at, done.delivered_at) == (
        "delivered",
        farm.at(12, 20),
        farm.at(12, 42),
    )
    # Somebody pressed the wrong button: the later act counts.
    act(farm, "École Pantigny", "absent", "c", 44)
    assert shipment(found.code).state == "missed"
    assert shipment(found.code).delivered_at is None


def test_we_cancel_what_a_rider_has_not_fetched_and_no_more(farm: Day) -> None:
    found = promised(farm)
    plan_all(farm)
    release_all(farm)
    act(farm, "Médiathèque", "collected", "a", 20)
    with write_tx() as session, pytest.raises(ShipmentOver):
        cancel_shipment(session, the_partner(), found.code, now=farm.at(12), by_us=True)


def test_a_released_shipment_stays_on_its_trip_when_more_is_asked(farm: Day) -> None:
    promised(farm)
    plan_all(farm)
    release_all(farm)
    again = promised(farm, key="second", crates=1, start="town hall", end="garage")
    assert again.state == "promised"
    assert unkept(farm) == []
    assert len(plan_all(farm)) == 2
