"""One week between the farm and the plate: offered, ordered, short by a crate, cooked, recalled."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from locomotive.core.status import LIVE
from tests.browser.test_one_lunch import PHONE, TABLET, come_in, order_delivery

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]
DISH = "Soupe de potiron du potager"


def farmers_phone(chromium: Browser, lunch: Lunch) -> Page:
    """A small phone without JavaScript, opened by the link alone."""
    page = chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        java_script_enabled=False,
        locale="fr-FR",
    ).new_page()
    page.goto(lunch.links["farmer"])
    return page


def eaters(lunch: Lunch, dish: str) -> set[int]:
    """The numbers of the live orders of a dish, read from the database's file by hand."""
    file = sqlite3.connect(f"file:{lunch.folder / 'locomotive.db'}?mode=ro", uri=True)
    marks = ",".join("?" * len(LIVE))
    rows = file.execute(
        "SELECT o.number FROM customer_order o JOIN service s ON s.id = o.service_id"
        f" WHERE s.date = ? AND o.status IN ({marks}) AND EXISTS (SELECT 1 FROM order_line l"
        " WHERE l.order_id = o.id AND l.dish_name = ?)",
        (lunch.day, *LIVE, dish),
    ).fetchall()
    file.close()
    return {number for (number,) in rows}


def listed(page: Page) -> set[int]:
    """The numbers of the orders on a recall's page."""
    texts = page.locator("table.stacked tbody th a").all_inner_texts()
    return {int(re.findall(r"\d+", text)[0]) for text in texts}


def test_a_week_from_the_farm_to_the_plate_and_back(chromium: Browser, lunch: Lunch) -> None:
    farmer = farmers_phone(chromium, lunch)
    farmer.locator("select[name=pack_id]").select_option(label="Carottes, caisse de 10 kg")
    farmer.locator("input[name=quantity]").fill("3 à 5")
    farmer.locator("input[name=remark]").fill("fanes coupées")
    farmer.get_by_role("button", name="Dire à la cuisine").click()
    assert "3–5 × Carottes, caisse de 10 kg" in farmer.locator("#offers").inner_text()

    manager = come_in(chromium, lunch.links["manager"], TABLET)
    manager.goto(f"{lunch.url}/farm/needs")
    for summary in manager.locator("main details > summary").all():
        summary.click()
    assert "fanes coupées" in manager.locator("main").inner_text()
    crates = manager.get_by_role("textbox", name="Carottes, caisse de 10 kg")
    for other in manager.locator("input[name^=packs-]").all():
        other.fill("0")
    crates.fill("3")
    manager.get_by_role("button", name="Commander aux fournisseurs").click()
    assert "Ferme du Marais" in manager.locator(".flashes").inner_text()

    farmer.reload()
    order = farmer.locator("#orders article", has_text="demandé : 3 × caisse")
    order.get_by_role("button", name="J’apporte tout").click()
    order = farmer.locator("#orders article", has_text="demandé : 3 × caisse")
    assert "réponse reçue" in order.inner_text()
    order.locator("summary").click()
    order.locator("input[type=number]").fill("2")
    order.locator("input[name=number]").fill("BL-42")
    order.get_by_role("button", name="Envoyer le bon de livraison").click()

    manager.goto(f"{lunch.url}/farm/")
    manager.locator(".note", has_text="annonce une livraison").get_by_role(
        "link", name="BL-42"
    ).click()
    assert manager.locator("input[name^=quantity-]").input_value() == "2"
    manager.get_by_role("button", name="Mettre en stock").click()
    lot = re.findall(r"L\d{5}", manager.locator(".flashes").inner_text())[0]
    farmer.reload()
    received = farmer.locator("#received li", has_text=lot).inner_text()
    assert "20 kg" in received
    assert "commandé\xa0: 30" in received

    eater = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    order_delivery(eater, lunch, "Nadia")
    eater.goto(f"{lunch.url}/menu/{lunch.day}")
    card = eater.locator(".dish", has_text=DISH)
    card.locator("summary").click()
    claim = card.locator(".origin").inner_text()
    assert "Ferme du Marais, à 1 km, récolte du" in claim
    assert "Potiron" in claim

    kitchen = come_in(chromium, lunch.links["kitchen"], TABLET)
    kitchen.goto(f"{lunch.url}/kitchen/{lunch.day}/batches")
    kitchen.get_by_role("link", name=f"Noter une fournée : {DISH}").click()
    kitchen.get_by_role("button", name="Noter la fournée").click()
    batch = kitchen.locator("article", has_text=DISH)
    used = batch.locator("li", has_text="Potiron").inner_text()
    pumpkin = re.findall(r"L\d{5}", used)[0]

    number = int(pumpkin[1:])
    manager.goto(f"{lunch.url}/farm/lots/{number}/trace")
    wanted = eaters(lunch, DISH)
    assert wanted
    assert listed(manager) == wanted
    manager.get_by_label("Raison").fill("corps étranger")
    manager.get_by_label("C’est un exercice").uncheck()
    manager.get_by_role("button", name="Commencer").click()
    manager.wait_for_url("**/farm/recalls/*")
    assert listed(manager) == wanted
    manager.get_by_role("button", name="Envoyer les courriels").click()
    manager.get_by_role("button", name="Tout le monde est prévenu").click()
    assert "terminé" in manager.locator("main").inner_text()
    manager.goto(f"{lunch.url}/farm/lots/{number}")
    assert "personne ne doit l’utiliser" in manager.locator("main").inner_text()
