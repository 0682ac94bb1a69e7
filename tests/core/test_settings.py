"""Settings: sensible ones are read, nonsense is refused loudly (F-14)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from locomotive import create_app
from locomotive.core.db import write_tx
from locomotive.core.mark import DEMONSTRATION, mark
from locomotive.core.settings import WrongSetting, is_constant, read_settings
from tests.service_day import leave, new_day

PRODUCTION = {
    "LOCOMOTIVE_MODE": "production",
    "LOCOMOTIVE_SECRET_KEY": "Xq3-vT8w_Zk1Lr9bNc5yHd7fGj2mPs4u",
    "LOCOMOTIVE_PUBLIC_URL": "https://commandes.example",
    "LOCOMOTIVE_TRUSTED_HOSTS": "commandes.example",
    "LOCOMOTIVE_MAIL_URL": "smtp://localhost:25",
    "LOCOMOTIVE_MAIL_FROM": "commandes@restaurant.fr",
    "LOCOMOTIVE_RESTAURANT_PHONE": "03 21 00 00 00",
    "LOCOMOTIVE_RESTAURANT_EMAIL": "bonjour@restaurant.fr",
    "LOCOMOTIVE_RESTAURANT_COMPANY": "Association loi 1901, RNA W621000000",
    "LOCOMOTIVE_RESTAURANT_HOST": "Hébergeur, 1 rue du Port, Lille",
    "LOCOMOTIVE_RESTAURANT_MEDIATOR": "Médiateur de la consommation, Paris",
}
SOMEBODY = 1000  # a user that is not root


@pytest.fixture(autouse=True)
def not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)


BAD = [
    ({"LOCOMOTIVE_MODE": "staging"}, "LOCOMOTIVE_MODE"),
    ({"LOCOMOTIVE_MODUS": "production"}, "LOCOMOTIVE_MODUS is not a setting"),
    ({"LOCOMOTIVE_DATABASE_URL": "mysql://localhost/x"}, "LOCOMOTIVE_DATABASE_URL"),
    ({"LOCOMOTIVE_LATITUDE": "fifty"}, "LOCOMOTIVE_LATITUDE must be a number"),
    ({"LOCOMOTIVE_LATITUDE": "nan"}, "LOCOMOTIVE_LATITUDE must be a number"),
    ({"LOCOMOTIVE_LONGITUDE": "200"}, "LOCOMOTIVE_LONGITUDE"),
    ({"LOCOMOTIVE_ZONE_KM": "-1"}, "LOCOMOTIVE_ZONE_KM"),
    ({"LOCOMOTIVE_PLANNER_SECONDS": "0"}, "LOCOMOTIVE_PLANNER_SECONDS"),
    ({"LOCOMOTIVE_PUBLIC_URL": "commandes.example"}, "LOCOMOTIVE_PUBLIC_URL"),
    ({"LOCOMOTIVE_MAIL_URL": "ftp://x"}, "LOCOMOTIVE_MAIL_URL"),
    ({"LOCOMOTIVE_LOG_FORMAT": "xml"}, "LOCOMOTIVE_LOG_FORMAT"),
    ({"LOCOMOTIVE_SECOND_FACTOR": "2"}, "LOCOMOTIVE_SECOND_FACTOR"),
    ({"LOCOMOTIVE_MAIL_FROM": "nobody"}, "LOCOMOTIVE_MAIL_FROM"),
    ({"LOCOMOTIVE_TRUSTED_HOSTS": ""}, "LOCOMOTIVE_TRUSTED_HOSTS"),
    ({"LOCOMOTIVE_TRUSTED_HOSTS": "*"}, "LOCOMOTIVE_TRUSTED_HOSTS"),
    ({**PRODUCTION, "LOCOMOTIVE_SECRET_KEY": ""}, "LOCOMOTIVE_SECRET_KEY"),
    ({**PRODUCTION, "LOCOMOTIVE_SECRET_KEY": "short"}, "LOCOMOTIVE_SECRET_KEY"),
    ({**PRODUCTION, "LOCOMOTIVE_SECRET_KEY": "a" * 64}, "LOCOMOTIVE_SECRET_KEY"),
    ({**PRODUCTION, "LOCOMOTIVE_SECRET_KEY": "0123456789abcdef" * 3}, "LOCOMOTIVE_SECRET_KEY"),
    ({**PRODUCTION, "LOCOMOTIVE_SECRET_KEY": "please-change-me" * 2}, "LOCOMOTIVE_SECRET_KEY"),
    ({**PRODUCTION, "LOCOMOTIVE_MAIL_FROM": "commandes@locomotive.example"}, "MAIL_FROM"),
    ({**PRODUCTION, "LOCOMOTIVE_RESTAURANT_PHONE": "03 53 01 00 62"}, "RESTAURANT_PHONE"),
    ({**PRODUCTION, "LOCOMOTIVE_RESTAURANT_PHONE": "+33 (0)6 39 98 12 34"}, "RESTAURANT_PHONE"),
    ({**PRODUCTION, "LOCOMOTIVE_RESTAURANT_EMAIL": "bonjour@locomotive.example"}, "_EMAIL"),
    ({**PRODUCTION, "LOCOMOTIVE_RESTAURANT_COMPANY": ""}, "legal notice"),
    ({**PRODUCTION, "LOCOMOTIVE_RESTAURANT_HOST": ""}, "legal notice"),
    ({**PRODUCTION, "LOCOMOTIVE_PUBLIC_URL": "http://commandes.example"}, "https://"),
    ({**PRODUCTION, "LOCOMOTIVE_RESTAURANT_MEDIATOR": ""}, "the legal notice needs them"),
    ({**PRODUCTION, "LOCOMOTIVE_MAIL_URL": "folder:"}, "LOCOMOTIVE_MAIL_URL"),
    ({**PRODUCTION, "LOCOMOTIVE_MAIL_URL": "smtp://mail.fr:25"}, "LOCOMOTIVE_MAIL_URL"),
    ({**PRODUCTION, "LOCOMOTIVE_TRUSTED_HOSTS": "other.example"}, "LOCOMOTIVE_TRUSTED_HOSTS"),
]


@pytest.mark.parametrize(("environ", "sentence"), BAD)
def test_f14_a_bad_setting_is_refused_and_named(
    environ: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(WrongSetting, match=sentence):
        read_settings({"LOCOMOTIVE_INSTANCE": str(tmp_path), **environ})


def test_f14_root_is_refused_in_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {**PRODUCTION, "LOCOMOTIVE_INSTANCE": str(tmp_path)}
    assert read_settings(environ).is_production
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(WrongSetting, match="root"):
        read_settings(environ)


@pytest.mark.parametrize("made", [secrets.token_hex, secrets.token_urlsafe])
def test_a_random_secret_is_no_constant(made: Callable[[int], str]) -> None:
    assert not any(is_constant(made(24)) for _ in range(500))


def test_links_follow_the_port_that_is_served_unless_an_address_is_set(tmp_path: Path) -> None:
    here = {"LOCOMOTIVE_INSTANCE": str(tmp_path), "PORT": "8123"}
    assert read_settings(here).public_url == "http://127.0.0.1:8123"
    there = here | {"LOCOMOTIVE_PUBLIC_URL": "https://commandes.example"}
    assert read_settings(there).public_url == "https://commandes.example"


def test_a_local_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    environ = {"LOCOMOTIVE_INSTANCE": str(tmp_path)}
    first = read_settings(environ).secret_key
    assert len(first) >= 32
    assert read_settings(environ).secret_key == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_production_starts_with_what_it_needs(tmp_path: Path) -> None:
    app = create_app(read_settings({"LOCOMOTIVE_INSTANCE": str(tmp_path), **PRODUCTION}))
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_SECURE"] is True
    answer = app.test_client().get("/sign-in", base_url="https://commandes.example")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    answer = app.test_client().get("/language/en", base_url="https://commandes.example")
    assert "; Secure" in answer.headers["Set-Cookie"]
    with app.app_context():
        leave(app)


def test_debug_is_refused_in_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(WrongSetting, match="Debug"):
        create_app(read_settings({"LOCOMOTIVE_INSTANCE": str(tmp_path), **PRODUCTION}))


def test_a_demonstration_database_refuses_to_start_in_production(tmp_path: Path) -> None:
    day = new_day(tmp_path)
    with day.app.app_context():
        with write_tx() as session:
            mark(session, DEMONSTRATION, "2026-11-24")
        leave(day.app)
    environ = {
        **PRODUCTION,
        "LOCOMOTIVE_INSTANCE": str(tmp_path),
        "LOCOMOTIVE_DATABASE_URL": f"sqlite:///{tmp_path / 'lunch.db'}",
    }
    with pytest.raises(WrongSetting, match="demonstration"):
        create_app(read_settings(environ))


def test_a_real_restaurant_is_not_marked(tmp_path: Path) -> None:
    day = new_day(tmp_path)
    with day.app.app_context():
        assert "demonstration" not in day.signed_in("manager").get("/").text.lower()
        leave(day.app)


def test_a_demonstration_is_marked_on_every_page(tmp_path: Path) -> None:
    day = new_day(tmp_path)
    with day.app.app_context():
        client = day.signed_in("manager")
        with write_tx() as session:
            mark(session, DEMONSTRATION, "2026-11-24")
        for page in ("/", "/basket", "/legal", "/sign-in", "/kitchen/", "/office/", "/nowhere"):
            assert "demonstration" in client.get(page, follow_redirects=True).text.lower(), page
        leave(day.app)
