"""Who may come in, and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from locomotive.web.audience import CONTENT_SECURITY_POLICY, audience, undeclared_routes
from tests.every_route import addresses
from tests.service_day import Day, leave, new_day

# S-01: the rights of each view, written down once more by hand.
PUBLIC = {
    "static", "accounts.choose_language", "accounts.enter", "accounts.leave",
    "accounts.sign_in_page", "accounts.enter_code", "farmer.answer_order", "farmer.make_offer",
    "passkeys.enter",
    "rider.phone", "rider.phone_act", "rider.phone_gpx", "rider.phone_worker", "kitchen.worker",
    "farmer.page", "farmer.tap", "farmer.withdraw", "farmer.new_product", "statements.his",
    "season.page", "season.save", "statements.his_csv", "statements.his_pdf",
    "partner.page", "partner.ask", "partner.cancel", "partner.statement", "partner.statement_table",
    "partner_api.manual", "partner_api.shipments", "partner_api.ask", "partner_api.shipment",
    "partner_api.cancel", "partner.statement_paper",
    "rides.ask", "rides.ride", "rides.confirm", "rides.cancel",
    "tables.linked_data", "photos.photo",
    "order.answer_proposal", "basket.basket",
    "order.calendar", "change.change",
    "arrival.arrival", "app.manifest", "app.offline", "app.worker", "alerts.tell_me",
    "reader.ask", "reader.confirm_reader", "reader.reader", "reader.stop",
    "week.menu_ics", "week.menu_json", "week.menu_xml", "week.poster",
    "join.group", "join.join", "join.order", "organise.new",
    "organise.organiser", "organise.close", "organise.cancel",
    "order.cancel_order", "checkout.checkout", "shop.menu_of_day", "order.order_page",
    "shop.today", "checkout.waiting", "metrics.metrics", "site.accessibility", "site.healthz",
    "site.legal", "site.privacy", "addresses.addresses", "kept.for_all",
}  # fmt: skip
KITCHEN = {
    "shelves.overview", "shelves.shelf", "shelves.sheet",
    "boxes.boxes", "boxes.place", "boxes.washed", "names.names",
    "batches.discard", "content.change_page", "content.changes", "content.reprinted", "content.see",
    "content.told", "swaps.undo",
    "batches.batches", "leftovers.gift", "leftovers.gift_pdf", "leftovers.leftovers",
    "batches.new_batch", "swaps.swap",
    "batches.temperature", "batches.today", "batches.undo",
    "use_by.end", "use_by.food", "use_by.foods", "use_by.label", "use_by.label_pdf",
    "use_by.new_food", "use_by.print_label",
    "hygiene.act", "hygiene.begin_dish", "hygiene.begin_other", "hygiene.fragment", "hygiene.read",
    "hygiene.read_step", "hygiene.show", "hygiene.write_act",
    "kitchen.board", "kitchen.board_fragment", "papers.production_sheet", "press.step",
    "pin.cancel_order", "kitchen.cook",
    "papers.exceptions_sheet", "press.finish_portions", "practice.booklet",
    "practice.guide", "kitchen.hand_over",
    "papers.label_sheet", "papers.make_papers", "kitchen.pack", "papers.paper_file",
    "printers.settle", "prints.print_bags",
    "papers.papers", "pin.portions", "practice.practise", "press.see", "photos.voice",
}  # fmt: skip
RIDER = {
    "dispatch.today", "dispatch.plan", "dispatch.progress", "sheet.sheet",
    "sheet.sheet_pdf", "dispatch.left", "ticks.enter_ticks", "ticks.ticks",
    "map.streets",
}  # fmt: skip
ACCOUNTANT = {
    "statements.ours", "statements.ours_csv", "statements.ours_pdf",
    "partners_office.overview", "partners_office.statement", "partners_office.statement_table",
    "partners_office.statement_paper",
    "figures.overview", "figures.leftovers_csv", "figures.purchases_csv", "kept.kept_csv",
    "tables.canteen_csv", "tables.lots_csv", "tables.lots_jsonld", "tables.movements_csv",
}  # fmt: skip
# One's own account, whatever it opens.
OWN = {
    "own.change_password", "own.drop", "own.factor", "own.page", "own.prove", "own.renew_codes",
    "own.revoke", "passkeys.passkeys", "passkeys.remove",
}  # fmt: skip
ROLES = {"kitchen": KITCHEN | OWN, "rider": RIDER | OWN, "accountant": ACCOUNTANT | OWN}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = new_day(tmp_path_factory.mktemp("door"))
    with day.app.app_context():
        yield day
        leave(day.app)


def test_s01_every_view_has_the_audience_that_is_written_here(day: Day) -> None:
    views = day.app.view_functions
    declared = {name: view.audience for name, view in views.items()}  # type: ignore[attr-defined]
    public = {name for name, who in declared.items() if who == {"public"}}
    assert public == PUBLIC
    for role, own in ROLES.items():
        assert {name for name, who in declared.items() if role in who} == own
    others = set(declared) - PUBLIC - set().union(*ROLES.values())
    assert all(declared[name] == {"manager"} for name in others)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_s01_no_role_reaches_what_is_not_for_it(day: Day, role: str | None) -> None:
    client = day.signed_in(role) if role else day.app.test_client()
    own = PUBLIC | ROLES.get(role or "", set())
    for endpoint, method, address in addresses(day.app):
        if endpoint in own:
            continue
        answer = client.open(address, method=method)
        if role is None and method == "GET":
            assert answer.status_code == 303, address
            assert answer.location.startswith("/sign-in"), address
        else:
            assert answer.status_code == 403, address


def test_an_undeclared_view_is_found(day: Day) -> None:
    app = Flask("naked")
    app.view_functions["static"] = audience("public")(app.view_functions["static"])
    app.add_url_rule("/naked", "naked", lambda: "")
    assert undeclared_routes(app) == ["naked"]
    assert undeclared_routes(day.app) == []


def test_an_unknown_audience_is_refused() -> None:
    with pytest.raises(ValueError, match="cook"):
        audience("cook")


@pytest.mark.parametrize(
    "address", ["/", "/static/style.css", "/nowhere", "/kitchen/", "/o/unknown", "/healthz"]
)
def test_s06_every_answer_carries_the_headers(day: Day, address: str) -> None:
    headers = day.app.test_client().get(address, buffered=True).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_s08_a_foreign_host_is_refused(day: Day) -> None:
    answer = day.app.test_client().get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400


WITHOUT_COOKIE = (
    *("rider.phone_act", "reader.stop", "partner_api.ask", "partner_api.cancel"),
    *("rides.ask", "rides.confirm", "rides.cancel"),
)


def test_s03_a_post_without_the_token_of_its_page_changes_nothing(day: Day) -> None:
    day.app.config["WTF_CSRF_ENABLED"] = True
    try:
        for endpoint, _, address in addresses(day.app):
            methods = {
                method
                for rule in day.app.url_map.iter_rules(endpoint)
                for method in rule.methods or ()
            }
            # The rider's phone, a mail program and a partner's carry no cookie that counts: the
            # link, the key or the signature is the secret.
            if "POST" in methods and endpoint not in WITHOUT_COOKIE:
                client = day.signed_in("manager")
                answer = client.post(address)
                assert answer.status_code == 400, address
                assert "too old" in answer.text, address
    finally:
        day.app.config["WTF_CSRF_ENABLED"] = False


def test_s28_pages_hold_no_address_of_another_host(day: Day) -> None:
    client = day.signed_in("manager")
    seen = 0
    for endpoint, method, address in addresses(day.app):
        # A feed names its own whole address.
        if method == "GET" and endpoint not in ("static", "week.menu_xml"):
            with client.get(address, follow_redirects=True) as answer:
                text = answer.text
            loaded = re.findall(r'src="([^"]*)"|<link[^>]*href="([^"]*)"', text)
            seen += len(loaded)
            for pair in loaded:
                assert "//" not in "".join(pair), address
    assert seen > 50


def test_s02_a_foreign_or_unknown_thing_is_the_same_404(day: Day) -> None:
    client = day.app.test_client()
    for address in ("/o/unknown", "/nowhere", "/in/unknown", "/menu/2031-01-01x"):
        assert client.get(address).status_code == 404, address


def test_the_language_is_french_until_english_is_chosen(day: Day) -> None:
    client = day.app.test_client()
    assert '<html lang="fr"' in client.get("/").text
    answer = client.get("/language/en?next=/basket")
    assert (answer.status_code, answer.location) == (303, "/basket")
    assert '<html lang="en"' in client.get("/").text
    assert client.get("/language/xx").status_code == 404


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_s09_no_link_of_ours_leads_away(day: Day, target: str) -> None:
    answer = day.app.test_client().get("/language/en", query_string={"next": target})
    assert answer.location == "/"
