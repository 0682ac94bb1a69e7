"""The office's cast, and a customer's."""

from tests.office_day import day, office
from tests.shop_day import shop

__all__ = ["day", "office", "shop"]
