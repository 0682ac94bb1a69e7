"""The cast of the feeds."""

from tests.shop_day import day, shop

__all__ = ["day", "shop"]
