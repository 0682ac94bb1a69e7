"""Printing: one picture on its way to one printer, and how it ended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from PIL.Image import Image

from . import brother, escpos, zpl
from .job import PrintState
from .line import Line, LineBroken
from .printer import Condition, Printer, Tongue

Outcome = tuple[PrintState, Condition]


@dataclass(frozen=True)
class Speech:
    """How one printer is spoken to; `asks_after`: it answers a question while it prints."""

    encode: Callable[[Image], bytes]
    question: bytes
    answer: int  # bytes
    condition: Callable[[bytes], Condition]
    asks_after: bool = True


def speech_of(printer: Printer) -> Speech:
    """The language of a printer."""
    width = printer.paper_mm
    return {
        Tongue.ESCPOS: Speech(escpos.encode, escpos.QUESTION, escpos.ANSWER, escpos.condition),
        Tongue.ZPL: Speech(zpl.encode, zpl.QUESTION, zpl.ANSWER, zpl.condition),
        Tongue.BROTHER: Speech(
            partial(brother.encode, paper_mm=width),
            brother.QUESTION,
            brother.ANSWER,
            partial(brother.condition, paper_mm=width),
            asks_after=False,  # it tells by itself
        ),
    }[Tongue(printer.tongue)]


def print_picture(
    picture: Image, speech: Speech, way: Callable[[], AbstractContextManager[Line]]
) -> Outcome:
    """Print a picture once. What was not begun may be tried again (WAITING); what was broken off
    midway may lie in the tray (UNSURE)."""
    is_sending = False
    try:
        with way() as line:
            before = line.ask(speech.question, speech.answer)
            state = speech.condition(before)
            if state is not Condition.FINE:
                return PrintState.WAITING, state
            is_sending = True
            line.send(speech.encode(picture))
            after = line.ask(speech.question if speech.asks_after else b"", speech.answer)
    except LineBroken as broken:
        is_begun = is_sending and broken.is_begun
        return (PrintState.UNSURE if is_begun else PrintState.WAITING), Condition.ABSENT
    if before and not after and speech.asks_after:
        return PrintState.UNSURE, Condition.ABSENT
    state = speech.condition(after)
    return (PrintState.PRINTED if state is Condition.FINE else PrintState.UNSURE), state
