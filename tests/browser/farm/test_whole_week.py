"""A week with three suppliers, 25 produce and 34 lots, walked on the pages that people use: what
was sent twice acts once, and what was changed after orders, refused at the door, swapped or
recalled is right wherever it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.menu.recipe import recipe_of
from tests.browser.farm.week import (
    COOP,
    GARDEN,
    SALAD,
    SOUPS,
    STEW,
    Week,
    count,
    laid_week,
)
from tests.buying.test_farmer import link_of
from tests.farm_day import FARM, GROCER, dish, offer_menu, pack, produce, supplier
from tests.service_day import DATE, DISHES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
WEDNESDAY, FRIDAY = DATE + timedelta(days=1), DATE + timedelta(days=3)


@pytest.fixture
def week(tmp_path: Path, chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Week]:
    with laid_week(tmp_path, chromium) as week:
        monkeypatch.setattr(clock, "now", lambda: week.now)
        yield week


def test_a_week_with_three_suppliers(week: Week) -> None:
    manager = week.manager()
    three_taps_offer_once(week)
    order_what_is_missing(week, manager)
    the_farmer_brings(week)
    receive_three_deliveries(week, manager)
    eight_more_lots(week, manager)
    assert count("SELECT COUNT(DISTINCT produce_id) FROM lot") == 25
    assert count("SELECT COUNT(*) FROM lot") == 34
    assert count("SELECT COUNT(DISTINCT supplier_id) FROM lot") == 3

    week.now = week.day.at(8)
    for number in range(4):
        week.day.order(f"Nadia {number}", soup=1)
        week.day.order(f"Samira {number}", salad=2, carbonade=1)
    manager = week.manager()
    two_cooks_record_one_soup(week, manager)
    mustard_after_orders(week, manager)
    a_swap_leaves_what_was_cooked(week, manager)
    recall_by_his_number(week, manager)
    the_month_is_what_was_received(week, manager)
    bacon_without_a_lot_is_off_sale(week, manager)
    friday_does_not_feed_wednesday(week, manager)
    bacon_that_came_is_on_sale(week, manager)


def send_at_once(page: Page, button: Locator, times: int) -> None:
    """What a browser sends where a finger presses a button so often before an answer comes."""
    page.evaluate(
        """async ([button, times]) => {
            const body = new URLSearchParams(new FormData(button.form));
            const send = () => fetch(button.form.action, { method: "POST", body });
            await Promise.all(Array.from({ length: times }, send));
        }""",
        [button.element_handle(), times],
    )


def three_taps_offer_once(week: Week) -> None:
    phone = week.phone(link_of(week.day), java_script_enabled=True)
    wanted = phone.locator("#wanted li").count()
    send_at_once(phone, phone.locator("button:has-text('I have it : potimarron')"), 3)
    assert count("SELECT COUNT(*) FROM supply_offer") == 1
    phone.reload()
    assert phone.locator("#wanted li").count() == wanted - 1


def order_what_is_missing(week: Week, manager: Page) -> None:
    """The needs of the menu are ordered at three suppliers, once, though they are sent twice."""
    manager.goto(f"{week.url}/farm/needs")
    for field in manager.locator("input[name^=packs-]").all():
        assert int(field.input_value()) >= 1
        field.fill("5")
    send_at_once(manager, manager.get_by_role("button", name="Order from the suppliers"), 2)
    assert count("SELECT COUNT(*) FROM purchase") == 3
    assert count("SELECT COUNT(DISTINCT supplier_id) FROM purchase") == 3
    manager.goto(f"{week.url}/farm/needs")
    assert "Nothing is missing." in manager.locator("main").inner_text()


def the_farmer_brings(week: Week) -> None:
    """He answers on his phone and sends his note."""
    page = week.phone(link_of(week.day))
    page.get_by_role("button", name="I bring all of it").click()
    page.locator("#orders summary").click()
    page.locator("#orders input[name=number]").fill("BL-7")
    page.get_by_role("button", name="Send the delivery note").click()
    assert "The kitchen has your delivery note." in page.locator(".flashes").inner_text()


def receive_three_deliveries(week: Week, manager: Page) -> None:
    """The farm's note; of the grocer's a sack goes back; the co-operative is a crate short."""
    manager.goto(f"{week.url}/farm/purchases/")
    manager.get_by_role("link", name="Receive it : BL-7").click()
    put_in_stock(manager)
    for who, change in ((GROCER, refuse_a_sack), (COOP, short_by_a_crate)):
        begin_receipt(week, manager, who)
        change(manager)
        put_in_stock(manager)
    flour = "FROM lot JOIN produce ON produce.id = produce_id WHERE produce.name = 'farine'"
    refused = f"{flour} AND refused_because = 'damaged' AND received = 10000"
    assert count(f"SELECT COUNT(*) {refused}") == 1
    assert count(f"SELECT SUM(stock) {flour}") == 40_000
    manager.goto(f"{week.url}/farm/purchases/")
    assert "still owed: 1" in order_of(manager, COOP).inner_text()


def begin_receipt(week: Week, page: Page, who: str) -> None:
    page.goto(f"{week.url}/farm/purchases/")
    button = re.compile("It came: receive it")
    order_of(page, who).get_by_role("button", name=button).first.click()


def order_of(page: Page, who: str) -> Locator:
    return page.locator("article", has=page.locator("h2", has_text=who))


def refuse_a_sack(page: Page) -> None:
    """One of five goes back; two lines have the supplier's own number."""
    for name in ("lentilles", "pain"):
        line_of(page, name).locator("input[name^=mark-]").fill("P-77")
    line = line_of(page, "farine")
    line.get_by_role("button", name="damaged").click()
    line.locator("input[name^=refused_packs-]").fill("1")


def short_by_a_crate(page: Page) -> None:
    tell_what_is_asked(page)
    line_of(page, "crème").locator("input[name^=quantity-]").fill("4")
    page.locator("input[name=stays_owed]").check()


def line_of(page: Page, name: str) -> Locator:
    """A line of a delivery, with what may be different in sight."""
    line = page.locator(".came", has=page.locator("h2", has_text=name))
    line.locator("summary").click()
    return line


def tell_what_is_asked(page: Page) -> None:
    """The temperature of what is cold, the countries of meat."""
    for field in page.locator("input[name^=tenths-]").all():
        field.fill("3")
    for choice in page.locator(".asked select").all():
        choice.select_option("FR")


def put_in_stock(page: Page) -> None:
    page.locator("form.with-pad .btn-main").click()
    page.wait_for_url("**/farm/")


def eight_more_lots(week: Week, manager: Page) -> None:
    """Vegetables that come besides, without a note."""
    for name in GARDEN[:8]:
        receive_one(week, manager, FARM, name, "crate")


def receive_one(week: Week, manager: Page, who: str, name: str, unit: str) -> None:
    manager.goto(f"{week.url}/farm/lots/new")
    manager.locator("select[name=supplier_id]").select_option(label=who)
    manager.locator("select[name=produce_id]").select_option(label=name)
    manager.locator("select[name=unit]").select_option(unit)
    manager.locator("input[name=quantity]").fill("1")
    manager.locator("input[name=price_cents]").fill("18,50")
    manager.get_by_role("button", name="Put it in stock").click()
    assert manager.locator(".error").all_inner_texts() == []


def two_cooks_record_one_soup(week: Week, manager: Page) -> None:
    """Both see thirty portions to record; the second is told that they are recorded."""
    other = week.manager()
    page = f"{week.url}/kitchen/{DATE}/batches/{dish('soup').id}"
    for cook in (manager, other):
        cook.goto(page)
        assert cook.locator("#portions").input_value() == str(SOUPS)
    for cook in (manager, other):
        cook.get_by_role("button", name="Record the batch").click()
    assert "30 × Soupe de potimarron is recorded." in manager.locator(".flashes").inner_text()
    assert "Portions recorded already: 30 of 30." in other.locator("main").inner_text()
    assert count("SELECT SUM(portions) FROM batch") == SOUPS


def labels(week: Week, manager: Page) -> dict[str, str]:
    """First name → what stands on the label of the bag."""
    manager.goto(f"{week.url}/kitchen/{DATE}/labels/a4")
    found = manager.locator("article.label").all_inner_texts()
    return {
        name: said.lower() for said in found for name in re.findall(r"(?:Nadia|Samira) \d", said)
    }


def have_mustard(week: Week, manager: Page) -> set[str]:
    return {name for name, said in labels(week, manager).items() if "mustard" in said}


def add_to_recipe(week: Week, manager: Page, name: str, at: int, what: str) -> None:
    made = recipe_of(db.session(), dish(name).id)
    assert made is not None
    manager.goto(f"{week.url}/office/recipes/{made.id}")
    manager.locator("select[name^=ingredient-]").nth(at).select_option(label=f"{what} (kg)")
    manager.locator(f"input[name=amount-{at}]").fill("0,01")
    manager.get_by_role("button", name="Save the recipe").click()


def mustard_after_orders(week: Week, manager: Page) -> None:
    """Mustard comes into the soup's and another dish's recipe after they were ordered: labels say
    so of the dish that is not cooked yet, and the kitchen is told."""
    add_to_recipe(week, manager, "carbonade", len(STEW), "moutarde")
    assert len(labels(week, manager)) == 8
    assert have_mustard(week, manager) == {f"Samira {n}" for n in range(4)}
    manager.goto(f"{week.url}/kitchen/{DATE}/content")
    assert "not seen in the kitchen" in manager.locator("main").inner_text()


def a_swap_leaves_what_was_cooked(week: Week, manager: Page) -> None:
    """Vinegar instead of mustard does not take the mustard out of the stew that is cooked."""
    receive_one(week, manager, GROCER, "moutarde", "kg")
    manager.goto(f"{week.url}/kitchen/{DATE}/batches/{dish('carbonade').id}?portions=4")
    manager.get_by_role("button", name="Record the batch").click()
    assert "4 × Carbonade flamande is recorded." in manager.locator(".flashes").inner_text()
    manager.goto(f"{week.url}/kitchen/{DATE}/swap/{dish('carbonade').id}")
    manager.locator("select[name=out_id]").select_option(label="moutarde")
    manager.locator("select[name=in_id]").select_option(label="vinaigre")
    manager.get_by_role("button", name="Swap it").click()
    assert have_mustard(week, manager) == {f"Samira {n}" for n in range(4)}
    manager.goto(f"{week.url}/kitchen/{DATE}/batches")
    manager.get_by_role("button", name=re.compile("Undo the swap")).click()
    assert manager.get_by_role("button", name=re.compile("Undo the swap")).count() == 0
    assert have_mustard(week, manager) == {f"Samira {n}" for n in range(4)}


def recall_by_his_number(week: Week, manager: Page) -> None:
    """Two lots by the supplier's own number: exactly those who ordered the soup."""
    manager.goto(f"{week.url}/farm/recalls/?find=P-77")
    boxes = manager.locator("input[name=lot]")
    assert boxes.count() == 2
    for box in boxes.all():
        box.check()
    manager.get_by_role("button", name="Where the ticked lots went").click()
    manager.get_by_label("Reason").fill("glass")
    manager.get_by_label(re.compile("This is an exercise")).uncheck()
    manager.get_by_role("button", name="Begin").click()
    manager.wait_for_url("**/farm/recalls/*")
    table = manager.locator("table.stacked tbody").inner_text()
    assert sorted(re.findall(r"(?:Nadia|Samira) \d", table)) == [f"Nadia {n}" for n in range(4)]
    assert count("SELECT COUNT(*) FROM lot WHERE blocked_at IS NOT NULL") == 2
    manager.locator("form.card input[name=reason]").fill("the supplier was wrong")
    manager.get_by_role("button", name="Lift the block").click()
    assert count("SELECT COUNT(*) FROM lot WHERE blocked_at IS NOT NULL") == 0


def the_month_is_what_was_received(week: Week, manager: Page) -> None:
    """Each supplier's statement is the sum of his receipts."""
    for name in (FARM, GROCER, COOP):
        of = supplier(name).id
        manager.goto(f"{week.url}/farm/suppliers/{of}/statements/2026-11")
        kept = "supplier_id = :of AND refused_because = ''"
        cents = count(f"SELECT SUM(cost_cents) FROM lot WHERE {kept}", of=of)
        said = manager.locator("body").inner_text().replace(",", "")
        assert f"€{cents // 100}.{cents % 100:02d}" in said


def is_on_sale(week: Week, name: str) -> bool:
    """Whether a customer finds a button at the dish."""
    page = week.phone(f"/menu/{DATE}")
    card = page.locator(".dish", has_text=DISHES[name][0])
    assert card.count() == 1
    return card.locator("form[action*='/basket']").count() > 0


def bacon_without_a_lot_is_off_sale(week: Week, manager: Page) -> None:
    assert is_on_sale(week, "salad")
    produce("lardons", kind="meat", species="pork", storage="cold")
    pack("lardons", "tray", 2, by=GROCER, cents=2400)
    add_to_recipe(week, manager, "salad", len(SALAD), "lardons")
    assert not is_on_sale(week, "salad")
    assert is_on_sale(week, "carbonade")
    manager.goto(f"{week.url}/office/")
    assert "no lot tells the origin of lardons" in manager.locator("main").inner_text()


def friday_does_not_feed_wednesday(week: Week, manager: Page) -> None:
    """Three kilos are wanted by Wednesday; five trays on Friday leave them missing."""
    offer_menu(week.day, WEDNESDAY, salad=100)
    for for_day, badge in ((FRIDAY, "missing: 3 kg"), (DATE, "on its way")):
        manager.goto(f"{week.url}/farm/needs")
        assert "missing: 3 kg" in need_of(manager, "lardons")
        manager.locator(f"input[name=packs-{bacon_pack()}]").fill("5")
        manager.locator("input[name=for_day]").fill(for_day.isoformat())
        manager.get_by_role("button", name="Order from the suppliers").click()
        manager.goto(f"{week.url}/farm/needs")
        assert badge in need_of(manager, "lardons")


def need_of(page: Page, name: str) -> str:
    card = page.locator("article", has=page.locator("h2", has_text=name))
    return " ".join(card.text_content().split())


def bacon_pack() -> int:
    return count("SELECT id FROM pack WHERE unit = 'tray'")


def bacon_that_came_is_on_sale(week: Week, manager: Page) -> None:
    begin_receipt(week, manager, GROCER)
    tell_what_is_asked(manager)
    put_in_stock(manager)
    assert is_on_sale(week, "salad")
