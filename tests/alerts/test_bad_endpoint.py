"""A device's address is anybody's to name: only public ones are ever spoken to."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from locomotive.alerts.endpoint import EndpointRefused, check_endpoint, is_public, reach
from locomotive.alerts.sms import send_sms
from locomotive.alerts.subscription import MAXIMUM_DEVICES, Subscription, is_mobile
from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.ordering.order import order_token
from tests.push_service import Device, PushService
from tests.service_day import SECRET, Day

WRONG = [
    "", "http://push.example.net/x", "ftp://push.example.net/x", "https://", "https:///x",
    "https://localhost/x", "https://push.localhost/x", "https://127.0.0.1/x", "https://10.0.0.8/x",
    "https://192.168.1.1/x", "https://169.254.169.254/latest/meta-data", "https://[::1]/x",
    "https://[fe80::1%25eth0]/x", "https://[::ffff:127.0.0.1]/x", "https://2130706433/x",
    "https://0x7f.1/x", "https://user@push.example.net/x", "https://push.example.net:22/x",
    "https://printer.local/x", "https://push.example.net/a b", "https://push.exämple.net/x",
    "https://push.example.net/\r\nHost: x", "https://[/x", "https://push.example.net:99999/x",
    "https://push.example.net/" + "x" * 1000, "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("endpoint", WRONG)
def test_an_address_that_is_not_public_https_is_refused(endpoint: str) -> None:
    with pytest.raises(EndpointRefused):
        check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    ["https://fcm.googleapis.com/fcm/send/a:b", "https://web.push.apple.com/Q?x=1",
     "https://updates.push.services.mozilla.com:443/wpush/v2/g"],
)  # fmt: skip
def test_the_makers_of_browsers_are_let_through(endpoint: str) -> None:
    assert check_endpoint(endpoint).scheme == "https"


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1", "224.0.0.1"])
def test_a_public_name_that_leads_inside_is_not_spoken_to(
    monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    def found(*_asked: object, **_how: object) -> list[object]:
        return [(2, 1, 6, "", (one, 443)) for one in ("93.184.216.34", inside)]

    def never(*_asked: object, **_how: object) -> None:
        raise AssertionError("spoken to")

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket, "create_connection", never)
    assert not is_public(inside)
    with pytest.raises(EndpointRefused):
        reach(urlsplit("https://push.example.net/x"))


def test_the_address_that_was_looked_at_is_the_one_spoken_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoken: list[object] = []

    def spoken_to(address: object, timeout: float) -> None:
        spoken.append(address)
        raise OSError("enough")

    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("93.184.216.34", 443))]
    )
    monkeypatch.setattr(socket, "create_connection", spoken_to)
    with pytest.raises(OSError, match="enough"):
        reach(urlsplit("https://push.example.net/x"))
    assert spoken == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    "change",
    [{"endpoint": "https://127.0.0.1/x"}, {"p256dh": "AAAA"}, {"p256dh": ""}, {"auth": "short"},
     {"auth": "é" * 22}, {"p256dh": "x" * 500}],
)  # fmt: skip
def test_what_is_wrong_is_said_and_not_kept(
    day: Day, pushes: PushService, change: dict[str, str]
) -> None:
    order = day.order("Nadia")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}/alerts"
    answer = day.app.test_client().post(path, data=Device().form() | change)
    assert answer.status_code == 422
    assert "Demandez plutôt un courriel" in answer.text
    assert db.session.scalar(select(func.count(Subscription.id))) == 0


def test_one_order_tells_a_few_devices_and_no_thousand(day: Day, pushes: PushService) -> None:
    order = day.order("Nadia")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}/alerts"
    client, device = day.app.test_client(), Device()
    codes = [
        client.post(path, data=Device(f"{n}", device.key).form()).status_code for n in range(30)
    ]
    assert codes == [303] * MAXIMUM_DEVICES + [409] * (30 - MAXIMUM_DEVICES)
    assert db.session.scalar(select(func.count(Subscription.id))) == MAXIMUM_DEVICES
    # One that is known already is no new one.
    assert client.post(path, data=Device("0", device.key).form()).status_code == 303
    assert client.post(path, data={"channel": "push", "stop": "1"}).status_code == 303
    db.session.rollback()
    assert db.session.scalar(select(func.count(Subscription.id))) == 0


@pytest.mark.parametrize("phone", ["06 12 34 56 78", "+33 7 12 34 56 78", "0033612345678"])
def test_a_french_mobile_number_takes_an_sms(phone: str) -> None:
    assert is_mobile(phone)


@pytest.mark.parametrize("phone", ["", "03 21 00 00 00", "+32 470 12 34 56", "06 12 34 56 7", "06"])
def test_any_other_number_takes_none(phone: str) -> None:
    assert not is_mobile(phone)


def test_a_provider_is_sent_the_form_that_the_setting_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    class Provider:
        status = 202

        def __init__(self, host: str, port: int, timeout: float) -> None:
            asked.append((host, port))

        def request(self, *form: object, **more: object) -> None:
            asked.append((form, more))

        def getresponse(self) -> Provider:
            return self

        def close(self) -> None:
            asked.append("closed")

    monkeypatch.setattr("http.client.HTTPSConnection", Provider)
    url = "https://me:secret@sms.example.net/send?to={phone}&message={text}&from=Loco"
    send_sms(url, None, name="", phone="+33612345678", text="C’est prêt & chaud")  # type: ignore[arg-type]
    (host, ((method, path), sent), closed) = asked  # type: ignore[misc]
    assert (host, method, path, closed) == (("sms.example.net", 443), "POST", "/send", "closed")
    assert sent["body"].startswith("to=%2B33612345678&message=C%E2%80%99est+pr%C3%AAt+%26+chaud")
    assert sent["headers"]["Authorization"] == "Basic bWU6c2VjcmV0"


def test_what_a_device_gave_is_erased_the_night_after(day: Day, pushes: PushService) -> None:
    from locomotive.core.db import write_tx
    from locomotive.privacy.access import kept_of
    from locomotive.privacy.erasure import erase_due

    order = day.order("Nadia")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}/alerts"
    day.app.test_client().post(path, data=Device().form())
    assert "push.example.net" in str(kept_of(db.session(), [order]))
    with write_tx() as session:
        erase_due(session, depot=(50.4, 2.9), now=clock.now().replace(year=2027))
    [row] = db.session.scalars(select(Subscription))
    assert (row.endpoint, row.p256dh, row.auth) == ("", "", "")
