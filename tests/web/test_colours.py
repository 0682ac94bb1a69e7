"""Every colour stands out from the ground that it is used on, in light and in dark surroundings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "locomotive/static"
STYLE = (STATIC / "style.css").read_text()
DARK = "@media screen and (prefers-color-scheme: dark) {"
# WCAG 2.2: 1.4.3 (text) and 1.4.11 (the edges of what can be pressed or filled in).
TEXT, EDGE = 4.5, 3.0
GROUNDS = ("paper", "card")
WASHES = ("brick-wash", "leaf-wash", "amber-wash", "red-wash")
WRITTEN = (
    [
        (colour, ground)
        for colour in ("ink", "quiet", "brick", "brick-deep", "leaf", "leaf-deep", "amber", "red")
        for ground in GROUNDS
    ]
    + [(colour, wash) for colour in ("ink", "quiet") for wash in WASHES]
    + [(f"{hue}", f"{hue}-wash") for hue in ("brick", "leaf", "amber", "red")]
    + [("brick-deep", "brick-wash"), ("paper", "ink"), ("on-red", "red")]
    + [(f"on-{hue}", f"{hue}{depth}") for hue in ("brick", "leaf") for depth in ("", "-deep")]
)
DRAWN = [("edge", ground) for ground in GROUNDS]
# Lines between parts: nothing is understood by them alone.
QUIET = {"line", "shadow", "round", "gap"}


def colours(scheme: str) -> dict[str, str]:
    """The named values of a scheme; the dark one replaces some of the light ones."""
    light, dark = STYLE.split(DARK)[0], STYLE.split(DARK)[1].split("\n}\n")[0]
    found = dict(re.findall(r"--([a-z-]+): ([^;]+);", light))
    return found | (dict(re.findall(r"--([a-z-]+): ([^;]+);", dark)) if scheme == "dark" else {})


def contrast(one: str, other: str) -> float:
    """The contrast of two colours `#rrggbb`, by WCAG 2.2: from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_stands_out(scheme: str) -> None:
    values = colours(scheme)
    weak = {
        (one, other): round(contrast(values[one], values[other]), 2)
        for pairs, least in ((WRITTEN, TEXT), (DRAWN, EDGE))
        for one, other in pairs
        if contrast(values[one], values[other]) < least
    }
    assert weak == {}


def test_every_named_colour_is_in_a_pair() -> None:
    assert {name for pair in WRITTEN + DRAWN for name in pair} | QUIET == set(colours("light"))


def test_dark_surroundings_name_every_colour_anew() -> None:
    light, dark = colours("light"), colours("dark")
    assert {name for name in light if light[name] == dark[name]} == {"round", "gap"}


def test_the_control_grey_on_grey_does_not_stand_out() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#8a8a8a", "#faf6ef") < TEXT


def test_screens_alone_turn_dark_and_every_room_takes_its_colours_by_name() -> None:
    """Paper stays light, and a colour that is written out would stay as it is in the dark."""
    assert "prefers-color-scheme" not in STYLE.replace(DARK, "")
    rooms = [file for file in STATIC.glob("*.css") if not file.name.startswith("print")]
    written = {
        file.name: re.findall(r"#[0-9a-f]{3,8}\b", file.read_text())
        for file in rooms
        if file.name != "style.css"
    }
    # A QR code is read by its own black on white; the pin stands on the map's own ground.
    assert {name: found for name, found in written.items() if found} == {
        "accounts.css": ["#fff", "#000"],
        "places.css": ["#fff", "#fff"],
        "shop.css": ["#fff", "#000"],
    }
