"""A passkey of Chromium's own (virtual) authenticator, from making it to coming in with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locomotive.accounts.staff import Staff, hash_password
from locomotive.core.db import write_tx
from tests.browser.conftest import PATIENCE, answering
from tests.service_day import leave, new_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.full]
PASSWORD = "carbonade-et-frites"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_and_lets_in(chromium: Browser, tmp_path: Path) -> None:
    day = new_day(tmp_path)
    with day.app.app_context():
        hashed = hash_password(PASSWORD)
        with write_tx() as session:
            session.add(Staff(name="Nadia", role="manager", password_hash=hashed))
        with answering(day.app) as url:
            url = url.replace("127.0.0.1", "localhost")  # an address has no passkeys, a name has
            page = chromium.new_context(locale="fr-FR").new_page()
            page.set_default_timeout(PATIENCE)
            devtools = page.context.new_cdp_session(page)
            devtools.send("WebAuthn.enable")
            made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
            page.goto(f"{url}/sign-in?next=/account/passkeys")
            page.fill("[name=name]", "Nadia")
            page.fill("[name=password]", PASSWORD)
            page.click("main form button")
            page.fill("[name=passkey_name]", "Téléphone de Nadia")
            page.click("[data-passkey=create] button")
            page.wait_for_selector("th:has-text('Téléphone de Nadia')")
            page.context.clear_cookies()
            page.goto(f"{url}/sign-in")
            page.click("a[href*='/sign-in/passkey']")
            page.click("[data-passkey=get] button")
            page.wait_for_url(f"{url}/office/")
            # The control: a phone that has no key for this site lets nobody in.
            page.context.clear_cookies()
            given = {"authenticatorId": made["authenticatorId"]}
            devtools.send("WebAuthn.clearCredentials", given)
            page.goto(f"{url}/sign-in/passkey")
            page.click("[data-passkey=get] button")
            page.wait_for_selector("[data-given-up]:not([hidden])")
            assert page.url.endswith("/sign-in/passkey")
            page.context.close()
        leave(day.app)
