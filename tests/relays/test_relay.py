"""An order handed to another restaurant stays ours until its confirmation is stored."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

import routing
from locomotive.core.db import db, write_tx
from locomotive.partners.offer import LASTS, end_offers
from locomotive.promise.tentative_plan import current_plan, delivery_of
from locomotive.relays import relay as rules
from locomotive.relays.relay import OfferGone, OrderNotFree, Relay, end_relay
from locomotive.relays.turn import wanted
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from locomotive.shipments.partner import Partner, ride_key_of
from locomotive.shipments.shipment import shipments_of
from locomotive.shipments.signature import VALID, Signed, sign
from tests.relays.conftest import Two
from tests.service_day import SECRET, Day


def unkept(day: Day) -> list[str]:
    """What the plan in force of a house breaks of its promises."""
    with day.app.app_context():
        delivery = delivery_of(db.session(), day.service, day.app.extensions["settings"].depot)
        plan = current_plan(db.session(), day.service).plan
        missing = {stop.id for stop in delivery.problem.stops} - plan.served()
        broken = [*sorted(missing), *routing.violations(delivery.problem, plan)]
        db.session.remove()
    return broken


def test_an_order_is_theirs_once_they_have_confirmed_and_not_before(two: Two) -> None:
    order = two.ours.order(to="school")
    two.ask(order)
    two.work()
    assert (two.relay.step, two.relay.price_cents) == ("offered", 400)
    assert (two.shipments(), two.is_ours(order)) == (["offered"], True)
    assert unkept(two.theirs) == []  # the room of an offer is held
    two.accept()
    assert two.is_ours(order)
    two.work()
    assert (two.relay.step, two.shipments(), two.is_ours(order)) == (
        "carried",
        ["promised"],
        False,
    )
    assert unkept(two.theirs) == []
    assert two.said == ["POST rides", "POST confirm"]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("where", ["before", "after"])
def test_what_is_lost_on_the_wire_is_said_again_and_is_one_shipment(
    two: Two, number: int, where: str
) -> None:
    order = two.ours.order(to="school")
    two.cut.add((number, where))
    two.ask(order)
    two.work()
    two.work(minutes=1)
    two.accept()
    two.work()
    if number == 1:
        assert two.relay.step == "accepted"
        assert two.is_ours(order)
    two.work(minutes=1)
    assert (two.relay.step, two.shipments(), two.is_ours(order)) == (
        "carried",
        ["promised"],
        False,
    )


def test_the_control_that_counts_on_a_yes_nobody_gave_loses_the_order(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hasty(session: object, relay: Relay, *, now: object) -> None:
        rules.hand_over(session, relay)  # type: ignore[arg-type]

    order = two.ours.order(to="school")
    two.ask(order)
    two.work()
    with write_tx() as session:
        hasty(session, session.scalars(select(Relay)).one(), now=two.now)
    with two.theirs.app.app_context():
        with write_tx() as session:
            end_offers(session, now=two.now + LASTS)
        db.session.remove()
    assert (two.is_ours(order), two.shipments()) == (False, ["cancelled"])


def test_an_offer_that_is_not_confirmed_in_time_gives_its_room_back(two: Two) -> None:
    order = two.ours.order(to="school")
    two.ask(order)
    two.work()
    two.now += LASTS
    with pytest.raises(OfferGone):
        two.accept()
    with two.theirs.app.app_context():
        with write_tx() as session:
            end_offers(session, now=two.now)
        assert shipments_of(db.session(), two.theirs.service) == []
        db.session.remove()
    assert (two.shipments(), two.is_ours(order)) == (["cancelled"], True)
    two.work()
    assert two.relay.step == "refused"
    two.ask(order)  # anew


def test_a_confirmation_that_comes_too_late_is_refused_and_the_order_stays_ours(two: Two) -> None:
    order = two.ours.order(to="school")
    two.cut |= {(1, "before"), (2, "before")}
    two.ask(order)
    two.work()
    two.accept()
    two.work()
    two.work(minutes=11)
    two.work(minutes=2)
    assert (two.relay.step, two.shipments(), two.is_ours(order)) == ("refused", ["offered"], True)
    assert two.relay.why


def test_an_offer_accepted_and_confirmed_twice_is_one(two: Two) -> None:
    order = two.ours.order(to="school")
    two.handed_over(order)
    two.accept()
    request = Signed("POST", f"/api/rides/{two.relay.code}/confirm", b"")
    for _ in range(2):
        key = ride_key_of(db.session.scalars(select(Partner)).one(), secret=SECRET)
        status, body = two.hears(request, sign(request, key, now=two.now))
        assert (status, json.loads(body)["state"]) == (200, "promised")
    assert (two.shipments(), two.relay.step) == (["promised"], "carried")


def test_whoever_is_asked_already_is_not_asked_twice(two: Two) -> None:
    order = two.ours.order(to="school")
    two.ask(order)
    with pytest.raises(OrderNotFree):
        two.ask(order)
    two.work()
    assert two.shipments() == ["offered"]


def test_a_round_that_was_released_meanwhile_keeps_the_order_and_they_are_told(two: Two) -> None:
    order = two.ours.order(to="school")
    two.ours.lay(["school"])
    two.ask(order)
    two.work()
    two.accept()
    with write_tx() as session:
        round_ = session.scalars(select(Round)).one()
        release(session, round_, seen=round_.stamp, now=two.now)
    two.work()
    assert two.relay.step == "ended"
    assert (two.shipments(), two.is_ours(order)) == (["cancelled"], True)


def test_a_round_that_is_planned_no_longer_carries_what_they_bring(two: Two) -> None:
    order = two.ours.order(to="school")
    two.ours.order(to="library")
    two.ours.lay(["school", "library"])
    two.handed_over(order)
    [round_] = two.ours.rounds()
    assert [stop.place_name for stop in round_.stops if stop.is_live] == ["Médiathèque"]
    assert order.id not in [one.id for one in round_.orders]


def test_an_order_cancelled_with_us_is_cancelled_with_them(two: Two) -> None:
    order = two.ours.order(to="school")
    two.handed_over(order)
    two.ours.cancel(order)
    two.work(minutes=1)
    two.work()
    assert (two.relay.step, two.shipments()) == ("ended", ["cancelled"])


def test_what_is_taken_back_is_ours_at_once_even_while_they_do_not_answer(two: Two) -> None:
    order = two.ours.order(to="school")
    two.handed_over(order)
    two.cut |= {(number, "before") for number in range(2, 5)}
    with write_tx() as session:
        end_relay(session, session.scalars(select(Relay)).one(), now=two.now)
    assert two.is_ours(order)
    for _ in range(5):
        two.work(minutes=1)
    assert (two.relay.step, two.shipments(), two.is_ours(order)) == ("ended", ["cancelled"], True)


@pytest.mark.parametrize("state", ["withdrawn", "cancelled"])
def test_what_they_cannot_keep_is_ours_again(two: Two, state: str) -> None:
    order = two.ours.order(to="school")
    two.handed_over(order)
    two.there(state=state, reason="a puncture")
    two.work(minutes=1)
    assert (two.relay.step, two.relay.why, two.is_ours(order)) == ("returned", "a puncture", True)


def test_while_they_do_not_answer_what_they_confirmed_stays_theirs(two: Two) -> None:
    order = two.ours.order(to="school")
    two.handed_over(order)
    two.cut |= {(2, "before"), (3, "before")}
    two.work(minutes=1)
    two.work(minutes=1)
    assert (two.relay.step, two.relay.why, two.is_ours(order)) == ("carried", "cut", False)


def test_their_rider_s_acts_are_steps_of_our_order(two: Two) -> None:
    order = two.ours.order(to="school")
    two.handed_over(order)
    two.there(state="loaded", loaded_at=two.now)
    two.work(minutes=1)
    assert two.ours.status(order) == "left"
    two.there(state="delivered", delivered_at=two.now)
    two.work(minutes=1)
    assert (two.ours.status(order), two.relay.step) == ("handed over", "done")


def test_what_they_have_no_room_for_stays_ours(two: Two) -> None:
    order = two.ours.order(to="school", carbonade=13)
    two.ask(order)
    two.work()
    assert (two.relay.step, two.shipments(), two.is_ours(order)) == ("refused", [], True)
    assert two.relay.why


def test_offers_do_not_promise_the_same_room_twice(two: Two) -> None:
    with two.theirs.app.app_context():
        two.theirs.leave_one_tricycle(boxes=12)
        db.session.remove()
    steps = []
    for number in range(4):
        order = two.ours.order(to=["school", "library", "garage", "town hall"][number], carbonade=9)
        two.ask(order)
        two.work()
        steps.append(two.relay.step)
    assert steps[0] == "offered"
    assert "refused" in steps
    assert unkept(two.theirs) == []


def bad(two: Two, good: Signed, key: str) -> dict[str, tuple[Signed, str]]:
    now = two.now
    other = Signed(good.method, good.path, good.body.replace(b"boxes", b"bxes"))
    return {
        "no signature": (good, ""),
        "a bearer": (good, f"Bearer {key}"),
        "another key": (good, sign(good, "another key", now=now)),
        "another body": (other, sign(good, key, now=now)),
        "another path": (Signed("GET", "/api/rides/x", b""), sign(good, key, now=now)),
        "an hour ago": (good, sign(good, key, now=now - VALID - timedelta(seconds=1))),
        "tomorrow": (good, sign(good, key, now=now + VALID + timedelta(seconds=1))),
    }


def test_s02_only_what_is_signed_for_this_request_now_is_heard(two: Two) -> None:
    body = json.dumps(
        {
            "key": "k",
            "goods": "meals",
            "boxes": 1,
            "starts_at": two.ours.at(11, 45).isoformat(),
            "brings_at": two.ours.at(12).isoformat(),
            "ends_at": two.ours.at(12, 15).isoformat(),
            "from": {"street": "kitchen", "latitude": 50.4658, "longitude": 2.9968},
            "to": {"street": "school", "latitude": 50.4655, "longitude": 3.0011},
        }
    ).encode()
    good = Signed("POST", "/api/rides", body)
    key = ride_key_of(db.session.scalars(select(Partner)).one(), secret=SECRET)
    for why, (request, header) in bad(two, good, key).items():
        assert two.hears(request, header)[0] == 401, why
    assert two.shipments() == []
    assert two.hears(good, sign(good, key, now=two.now))[0] == 201
    # Sent again by whoever listened, it is the same request.
    assert two.hears(good, sign(good, key, now=two.now - timedelta(minutes=4)))[0] == 201
    assert two.shipments() == ["offered"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"boxes": 0}, {"boxes": True}, {"boxes": 10**9}, {"key": ""}, {"goods": 7},
        {"starts_at": "noon"}, {"ends_at": "2026-11-24T11:00:00+01:00"}, {"from": []},
        {"to": {"street": "x", "latitude": "north", "longitude": 1}},
        {"to": {"street": "x", "latitude": 51.03, "longitude": 2.37}},
        {"to": {"street": "x", "latitude": float("nan"), "longitude": 2.37}},
    ],
)  # fmt: skip
def test_a_ride_that_makes_no_sense_is_refused_in_words(two: Two, wrong: dict[str, object]) -> None:
    order = two.ours.order(to="school")
    two.ask(order)
    with write_tx() as session:
        relay = session.scalars(select(Relay)).one()
        sent = wanted(relay, two.ours.app.extensions["settings"], goods="a bag") | wrong
    request = Signed("POST", "/api/rides", json.dumps(sent).encode())
    key = ride_key_of(db.session.scalars(select(Partner)).one(), secret=SECRET)
    status, body = two.hears(request, sign(request, key, now=two.now))
    assert status == 422
    assert json.loads(body)["detail"]
    assert two.shipments() == []
