"""A customer is told how far her order is by the ways she chose, each thing once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from py_vapid import Vapid02
from sqlalchemy import func, select

from locomotive.alerts.alert import Alert, Kind
from locomotive.alerts.push import public_key
from locomotive.alerts.subscription import Subscription, queue_alerts
from locomotive.core.actor import Actor
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.status import Status
from locomotive.ordering.order import Order, order_token
from locomotive.ordering.step import cancel, move_on
from locomotive.promise.proposal import repropose
from locomotive.rounds.release import release, set_out
from locomotive.rounds.round import Round
from locomotive.worker.news.alerts import look_for_near, send_alerts
from tests.push_service import Device, PushService
from tests.service_day import SECRET, Day

STEP = timedelta(minutes=1)


@pytest.fixture
def hour(day: Day, asked: list[object], monkeypatch: pytest.MonkeyPatch) -> list:
    """The hour that it is, in a list so that a test can move it."""
    now = [day.at(10)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


def page_of(order: Order) -> str:
    return f"/o/{order_token(SECRET, order.idempotency_key)}"


def ask(day: Day, order: Order, **form: str) -> int:
    answer = day.app.test_client().post(f"{page_of(order)}/alerts", data=form)
    db.session.rollback()
    return answer.status_code


def move(day: Day, order: Order, *way: Status, device: str = "kitchen") -> None:
    with write_tx() as session:
        ours = session.get_one(Order, order.id)
        for to in way:
            move_on(session, ours, to=to, seen=ours.status, device=device, now=clock.now())


def told(device: Device, pushes: PushService) -> list[tuple[str, str]]:
    read = [json.loads(device.read(body)) for _path, _headers, body in pushes.taken]
    return [(one["title"], one["body"]) for one in read]


def later(hour: list, minutes: float = 1.0) -> None:
    hour[0] += timedelta(minutes=minutes)


def test_a_device_is_told_once_that_the_meal_is_ready(
    day: Day, pushes: PushService, hour: list
) -> None:
    order, device = day.order("Nadia"), Device()
    assert ask(day, order, **device.form()) == 303
    move(day, order, Status.STARTED, Status.READY)
    send_alerts()
    assert pushes.taken == []  # the kitchen may still undo it
    later(hour)
    send_alerts()
    send_alerts()
    assert told(device, pushes) == [
        ("C’est prêt", f"La commande {order.number} vous attend à La Locomotive.")
    ]
    [(path, headers, body)] = pushes.taken
    assert path == "/send/phone"
    assert headers["Content-Encoding"] == "aes128gcm"
    assert 0 < int(headers["TTL"]) <= 7200
    assert b"commande" not in body
    # It is signed for the device's maker with the key that its browser knows (RFC 8292).
    key = public_key(day.app.extensions["settings"].push_key)
    assert headers["Authorization"].endswith(f"k={key}")
    assert Vapid02.verify(headers["Authorization"])
    assert json.loads(device.read(body))["url"] == page_of(order)


def test_what_the_kitchen_undoes_is_told_only_when_it_is_true_again(
    day: Day, pushes: PushService, hour: list
) -> None:
    order, device = day.order("Nadia"), Device()
    ask(day, order, **device.form())
    move(day, order, Status.STARTED, Status.READY, Status.STARTED)
    later(hour)
    send_alerts()
    assert pushes.taken == []
    move(day, order, Status.READY)
    later(hour)
    send_alerts()
    assert len(told(device, pushes)) == 1


def test_the_tricycle_leaves_and_is_ten_minutes_away(
    day: Day, pushes: PushService, hour: list
) -> None:
    order, device = day.order("Karim", to="school"), Device()
    [round_] = day.lay(["school"])
    with write_tx() as session:
        ours = session.get_one(Round, round_.id)
        release(session, ours, seen=ours.stamp, now=clock.now())
    ask(day, order, **device.form())
    move(day, order, Status.STARTED, Status.READY)
    [round_] = day.rounds()
    hour[0] = round_.departs_at - timedelta(minutes=30)
    with write_tx() as session:
        set_out(session, session.get_one(Round, round_.id), device="office", now=clock.now())
    send_alerts()
    [(title, body)] = told(device, pushes)
    assert title == "Le triporteur part"
    assert body.startswith(f"La commande {order.number} est en route. Elle est attendue vers ")
    stop = day.rounds()[0].stops[0]
    look_for_near()
    send_alerts()
    assert len(pushes.taken) == 1
    hour[0] = stop.serves_at - timedelta(minutes=8)
    look_for_near()
    look_for_near()
    send_alerts()
    assert [title for title, _body in told(device, pushes)] == [title, "Dans 8 minutes"]


def test_what_we_cancel_is_told_and_what_she_cancels_herself_is_not(
    day: Day, pushes: PushService, hour: list
) -> None:
    hers, ours, device = day.order("Nadia"), day.order("Karim"), Device()
    for order in (hers, ours):
        ask(day, order, **device.form())
    with write_tx() as session:
        her_row = session.get_one(Order, hers.id)
        cancel(session, her_row, actor=Actor.CUSTOMER, now=hers.placed_at)
        our_row = session.get_one(Order, ours.id)
        cancel(
            session, our_row, actor=Actor.OFFICE, device="office", reason="oven", now=clock.now()
        )
    send_alerts()
    [(title, body)] = told(device, pushes)
    assert title == "Votre commande est annulée"
    assert f"annuler la commande {ours.number}" in body


def test_a_time_that_we_take_back_is_told(day: Day, pushes: PushService, hour: list) -> None:
    order, device = day.order("Nadia", to="school"), Device()
    ask(day, order, **device.form())
    with write_tx() as session:
        ours = session.get_one(Order, order.id)
        repropose(session, ours, None, reason="A puncture.", now=clock.now())
    send_alerts()
    assert [title for title, _body in told(device, pushes)] == ["Un autre horaire\xa0?"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(
    day: Day, pushes: PushService, hour: list, status: int
) -> None:
    order = day.order("Nadia")
    ask(day, order, **Device().form())
    pushes.status = status
    move(day, order, Status.STARTED, Status.READY)
    later(hour)
    send_alerts()
    assert db.session.scalar(select(func.count(Subscription.id))) == 0
    assert db.session.scalar(select(func.count(Alert.id))) == 0


def test_a_service_that_is_away_is_asked_again_until_it_is_worth_nothing(
    day: Day, pushes: PushService, hour: list
) -> None:
    order, device = day.order("Nadia"), Device()
    ask(day, order, **device.form())
    pushes.status = 503
    move(day, order, Status.STARTED, Status.READY)
    later(hour)
    send_alerts()
    send_alerts()
    assert len(pushes.taken) == 1
    pushes.status = 201
    later(hour)
    send_alerts()
    assert len(told(device, pushes)) == 2
    queue_late = day.order("Karim")
    ask(day, queue_late, **device.form())
    move(day, queue_late, Status.STARTED, Status.READY)
    later(hour, 121)
    send_alerts()
    assert len(pushes.taken) == 2


def test_a_service_that_refuses_is_not_asked_again(
    day: Day, pushes: PushService, hour: list
) -> None:
    order = day.order("Nadia")
    ask(day, order, **Device().form())
    pushes.status = 403
    move(day, order, Status.STARTED, Status.READY)
    for _ in range(3):
        later(hour, 10)
        send_alerts()
    assert len(pushes.taken) == 1


def test_one_alert_that_cannot_be_told_holds_no_other_back(
    day: Day, pushes: PushService, hour: list
) -> None:
    order, device = day.order("Nadia"), Device()
    ask(day, order, **Device("broken").form())
    ask(day, order, **device.form())
    with write_tx() as session:
        broken = session.scalars(select(Subscription).order_by(Subscription.id)).first()
        assert broken is not None
        broken.p256dh = "not a point"
        queue_alerts(session, order.id, Kind.CHANGED, now=clock.now())
    send_alerts()
    assert [title for title, _body in told(device, pushes)] == ["Votre commande a changé"]


def test_by_mail_and_by_sms_for_who_chose_it(day: Day, pushes: PushService, hour: list) -> None:
    order = day.order("Nadia", email="nadia@example.org", phone="06 00 00 00 07")
    for channel in ("mail", "sms"):
        assert ask(day, order, channel=channel) == 303
        assert ask(day, order, channel=channel) == 303
    move(day, order, Status.STARTED, Status.READY)
    later(hour)
    send_alerts()
    send_alerts()
    folder = day.app.extensions["settings"].instance
    [sms] = (folder / "sms").iterdir()
    assert sms.read_text().startswith("+33600000007\nLa Locomotive : C’est prêt. La commande")
    [mail] = (folder / "mails").glob("meal-ready-*.eml")
    assert page_of(order).encode() in mail.read_bytes().replace(b"=\n", b"").replace(b"=3D", b"=")


def test_with_everything_switched_off_nothing_is_offered_and_nothing_taken(
    day: Day, hour: list
) -> None:
    order = day.order("Nadia", phone="03 21 00 00 00")
    assert 'id="alerts"' not in day.app.test_client().get(page_of(order)).text
    for channel in ("push", "mail", "sms", "pigeon", ""):
        assert ask(day, order, channel=channel) == 422
