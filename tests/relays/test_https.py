"""Two restaurants over real HTTPS: signed requests are heard by the right house alone."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.relays import speech
from locomotive.relays.speech import Unheard
from locomotive.shipments.partner import AddressInvalid, Partner, save_partner
from locomotive.shipments.signature import Signed
from locomotive.worker.news import relays
from tests.relays.authority import Authority, new_authority, reached_at
from tests.relays.conftest import Two
from tests.service_day import SECRET, Day

CERTIFICATE = "Son certificat n’est pas celui de son adresse"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts."""
    made = new_authority(tmp_path / "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture
def wired(two: Two, monkeypatch: pytest.MonkeyPatch) -> Two:
    """Both houses, nothing between them but what the worker really says."""
    monkeypatch.setattr(relays, "say", speech.say)
    return two


def move_to(url: str) -> None:
    """The other house is reached at another address."""
    with write_tx() as session:
        session.scalars(select(Partner)).one().ride_url = url


def test_an_order_is_asked_for_confirmed_and_followed_over_https(
    wired: Two, authority: Authority
) -> None:
    order = wired.ours.order(to="school")
    with reached_at(wired.theirs.app, authority.serve_as("localhost")) as port:
        move_to(f"https://localhost:{port}")
        wired.handed_over(order)
        assert (wired.relay.step, wired.shipments()) == ("carried", ["promised"])
        assert not wired.is_ours(order)
        wired.there(state="delivered")
        wired.work(minutes=2)
    assert (wired.relay.step, wired.ours.status(order)) == ("done", "handed over")


@pytest.mark.parametrize("fault", ["another host", "nobody's signature"])
def test_a_certificate_that_is_not_theirs_ends_the_talk_before_a_word(
    wired: Two, authority: Authority, tmp_path: Path, manager: FlaskClient, fault: str
) -> None:
    heard: list[str] = []
    wired.theirs.app.before_request(lambda: heard.append("a request"))
    order = wired.ours.order(to="school")
    signer = authority if fault == "another host" else new_authority(tmp_path / "unknown")
    host = "le-fournil.example" if fault == "another host" else "localhost"
    with reached_at(wired.theirs.app, signer.serve_as(host)) as port:
        move_to(f"https://localhost:{port}")
        wired.ask(order)
        wired.work()
    assert (wired.relay.step, heard) == ("asked", [])
    assert wired.is_ours(order)
    manager.set_cookie("language", "fr")
    page = manager.get(f"/delivery/{wired.ours.date}/relays").text
    assert CERTIFICATE in page
    assert "SSL" not in page


def test_the_control_whoever_looks_at_no_certificate_talks_to_anybody(
    wired: Two, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = ssl._create_unverified_context
    monkeypatch.setattr(speech.ssl, "create_default_context", blind)
    order = wired.ours.order(to="school")
    with reached_at(wired.theirs.app, authority.serve_as("le-fournil.example")) as port:
        move_to(f"https://localhost:{port}")
        wired.ask(order)
        wired.work()
    assert wired.relay.step == "offered"


@pytest.mark.parametrize(
    "address", ["http://le-fournil.example", "http://192.0.2.1:8000", "ftp://le-fournil.example"]
)
def test_nothing_is_said_in_clear_to_another_machine(
    day: Day, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    them = Partner(name="Le Fournil", stop_cents=0, kilo_cents=0, ride_url=address)
    with pytest.raises(AddressInvalid), write_tx() as session:
        save_partner(session, them)
    # A row that came another way, such as from an old backup, is not talked to either.
    opened: list[object] = []
    monkeypatch.setattr(http.client.HTTPConnection, "connect", opened.append)
    with pytest.raises(Unheard) as refused:
        speech.say(them, Signed("GET", "/api/rides/x", b""), secret=SECRET, now=day.at(10))
    assert opened == []
    assert "https" in refused.value.words
    db.session.rollback()


def test_a_house_that_does_not_answer_is_said_in_words(wired: Two, manager: FlaskClient) -> None:
    order = wired.ours.order(to="school")
    with reached_at(wired.theirs.app, None) as port:
        pass  # it was there, and is no more
    move_to(f"http://127.0.0.1:{port}")
    wired.ask(order)
    wired.work()
    manager.set_cookie("language", "fr")
    page = manager.get(f"/delivery/{wired.ours.date}/relays").text
    assert "Pas de réponse" in page
    assert "Refused" not in page
