"""The customer's day."""

from tests.shop_day import day, shop

__all__ = ["day", "shop"]
