"""The stock is shown by pages, so that ten thousand lots are no longer a page than a hundred."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import insert

from locomotive.core.db import write_tx
from locomotive.farm.lot import Lot
from tests.farm_day import produce, supplier
from tests.service_day import DATE, Day


def test_each_lot_stands_on_one_page_of_a_hundred(day: Day, office: FlaskClient) -> None:
    names = [produce(name).id for name in ("Carottes", "Panais", "Navets")]
    row = {"supplier_id": supplier().id, "received": 1000, "stock": 1000}
    rows = [
        row | {"produce_id": names[n % 3], "received_on": DATE - timedelta(days=n % 7)}
        for n in range(250)
    ]
    with write_tx() as session:
        session.execute(insert(Lot), rows)
    pages = [office.get(f"/farm/?page={number}").text for number in (1, 2, 3)]
    assert [page.count('<td data-label="Lot">') for page in pages] == [100, 100, 50]
    seen = [f"L{number:05d}" for number in range(1, 251)]
    assert all(sum(f">{name}</a>" in page for page in pages) == 1 for name in seen)
    assert pages[0].index("Carottes") < pages[0].index("Navets")
    assert "Panais" not in pages[0]
    assert 'href="/farm/?page=2#stock"' in pages[0]
    assert ">2 ›<" not in office.get("/farm/?page=3").text
