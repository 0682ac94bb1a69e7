"""Pages are compressed by the program itself, for the shop runs without a proxy too."""

from __future__ import annotations

import gc
import gzip

import pytest

from tests.shop_day import Shop

GZIP = {"Accept-Encoding": "gzip"}


def test_a_menu_is_small_for_a_browser_that_can_unpack_it(shop: Shop) -> None:
    plain = shop.client.get("/", follow_redirects=True)
    packed = shop.client.get("/", headers=GZIP, follow_redirects=True)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2
    assert b"Carbonade" in gzip.decompress(packed.data)


def test_a_browser_that_unpacks_nothing_gets_the_plain_page(shop: Shop) -> None:
    answer = shop.client.get("/", headers={"Accept-Encoding": "identity"}, follow_redirects=True)
    assert "Content-Encoding" not in answer.headers
    assert b"Carbonade" in answer.data


@pytest.mark.parametrize("path", ["/static/style.css", "/kitchen/worker.js", "/r/worker.js"])
def test_a_file_of_text_is_compressed_and_closed(shop: Shop, path: str) -> None:
    """A file that stays open is a ResourceWarning, which fails the test that runs then."""
    plain = shop.client.get(path)
    packed = shop.client.get(path, headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    gc.collect()
    known = {**GZIP, "If-None-Match": packed.headers["ETag"]}
    with shop.client.get(path, headers=known) as again:
        assert again.status_code == 304
