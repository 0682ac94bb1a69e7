"""The allergens belong to produce, so the farm keeps their list; the menu shows it."""

from ..farm.allergen import ALLERGENS as ALLERGENS
from ..farm.allergen import LEVELS as LEVELS
