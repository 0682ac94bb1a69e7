"""What goes to a printer is the picture, dot by dot; what it says of itself is understood."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw

from locomotive.printers import brother, escpos, zpl
from locomotive.printers.printer import WIDTHS, Condition, Tongue
from tests.printers.machine import (
    EMPTY,
    FINE,
    differs,
    read_brother,
    read_escpos,
    read_zpl,
)


def picture(width: int, height: int = 1100) -> Image.Image:
    """Lines, a corner and letters: nothing in it is the same from right to left or upside down."""
    made = Image.new("1", (width, height), 1)
    pen = ImageDraw.Draw(made)
    pen.line((0, 0, width - 1, height - 1), fill=0)
    pen.rectangle((0, 0, 9, 4), fill=0)
    pen.text((width // 2, 20), "Éclair nº 7", fill=0)
    return made


@pytest.mark.parametrize("dots", WIDTHS[Tongue.ESCPOS].values())
def test_a_receipt_printer_gets_the_picture_and_is_told_to_cut(dots: int) -> None:
    content = escpos.encode(picture(dots))
    assert not differs(read_escpos(content), picture(dots))
    assert b"\x1dV" in content[-6:]


@pytest.mark.parametrize(("paper", "dots"), WIDTHS[Tongue.BROTHER].items())
def test_a_brother_gets_the_picture_where_its_tape_is(paper: int, dots: int) -> None:
    content = brother.encode(picture(dots), paper)
    free = brother.LINES[dots][1]
    assert not differs(read_brother(content, dots, free), picture(dots))
    info = content[content.index(b"\x1biz") + 3 :]
    assert (info[1], info[2], info[3]) == (0x0A, paper, 0)


def test_a_brother_gets_no_label_that_it_cannot_cut() -> None:
    content = brother.encode(picture(696, 40), 62)
    assert read_brother(content, 696, 12).height == brother.SHORTEST


@pytest.mark.parametrize("dots", WIDTHS[Tongue.ZPL].values())
def test_a_zebra_gets_the_picture_and_its_length(dots: int) -> None:
    content = zpl.encode(picture(dots, 333))
    assert not differs(read_zpl(content), picture(dots, 333))
    assert b"^LL333" in content


def test_the_control_one_dot_more_is_seen() -> None:
    other = picture(696)
    other.putpixel((300, 900), 0)
    content = brother.encode(other, 62)
    assert differs(read_brother(content, 696, 12), picture(696))


@pytest.mark.parametrize(
    ("tongue", "said"),
    [
        ("escpos", escpos.condition),
        ("zpl", zpl.condition),
        ("brother", lambda reply: brother.condition(reply, 62)),
    ],
)
def test_a_printer_says_that_its_paper_is_out(
    tongue: str, said: Callable[[bytes], Condition]
) -> None:
    assert said(FINE[tongue]) is Condition.FINE
    assert said(EMPTY[tongue]) is Condition.NO_PAPER
    assert said(b"") is Condition.FINE  # it answers no questions


def test_a_brother_with_another_roll_is_stopped() -> None:
    assert brother.condition(FINE["brother"], 54) is Condition.STOPPED


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (escpos.condition, b"\x16\x12"),
        (zpl.condition, FINE["zpl"].replace(b"000,0,0,0,0,2", b"000,0,1,0,0,2")),
        (
            lambda reply: brother.condition(reply, 62),
            b"\x80\x20B0" + bytes(5) + b"\x10\x3e" + bytes(21),
        ),
    ],
)
def test_an_open_lid_stops_a_printer(said: Callable[[bytes], Condition], reply: bytes) -> None:
    assert said(reply) is Condition.STOPPED
