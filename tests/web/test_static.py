"""Static files are kept for good under the fingerprint of their content."""

from __future__ import annotations

import re

import pytest

from tests.shop_day import Shop


def static_files(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/static/[^"]+)"', page)


def test_every_static_file_of_the_menu_carries_its_fingerprint(shop: Shop) -> None:
    files = static_files(shop.client.get("/").text)
    assert any(".css" in file for file in files)
    assert [file for file in files if not re.search(r"\?v=[0-9a-f]{10}$", file)] == []
    for file in files:
        with shop.client.get(file) as answer:
            assert answer.status_code == 200
            kept = answer.headers["Cache-Control"]
        assert kept == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789", "?v=../../wsgi.py"])
def test_another_fingerprint_is_not_kept_for_good(shop: Shop, query: str) -> None:
    with shop.client.get(f"/static/style.css{query}") as answer:
        assert answer.status_code == 200
        assert "immutable" not in answer.headers["Cache-Control"]
