"""Choices: options of a dish, and set menus of a day."""
