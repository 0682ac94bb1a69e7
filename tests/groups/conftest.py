"""The cast of a group of colleagues."""

from tests.shop_day import day, shop

__all__ = ["day", "shop"]
