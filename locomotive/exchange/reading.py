"""Reading: a supplier's file against what is known, line by line; nothing is written.

A line becomes something, is left out, waits for an answer, or is wrong, with its column.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from ..core.clock import day_of
from ..core.refusal import Invalid, Quantity, Word
from ..farm.produce import AmountAbsurd, is_usual
from ..farm.supplier import Pack, that_holds
from ..farm.unit import MAXIMUM_AMOUNT, ONE, UNITS
from ..web.spreadsheet import plain_name
from .heading import Head
from .measure import (
    Measure,
    content_of,
    measure_of,
    number_of,
    price_of,
    unit_word,
    usual_content,
    usual_unit,
)
from .memory import LEFT_OUT, Known, Question, Sold
from .rows import (
    ContentChanged,
    DayWrong,
    HarvestAfter,
    HoldsWrong,
    Line,
    LineTwice,
    PriceHigh,
    PriceJump,
    PriceRounded,
    PriceWrong,
    PriceZero,
    ProduceMissing,
    QuantityWrong,
    RateWrong,
    RowTwice,
    SurplusCells,
    TooManyLines,
    UseByEarly,
)
from .sheet import Table

MAXIMUM_LINES = 20_000
MAXIMUM_PRICE = 1_000_000
# Thousandths. France and overseas (CGI, articles 278 to 281 octies and 294 to 298 octies).
RATES = (0, 21, 55, 85, 100, 200)
FOOD_RATE = 55  # of food that is not eaten at once
NOT_AVAILABLE = ("non", "no", "n", "0", "rupture", "epuise", "indisponible", "soldout")
FORWARD = timedelta(days=31)  # a harvest so long after the delivery is a slip of the pen
HIGH = 20_000  # cents for one kg, litre or piece, beyond which it is asked about
JUMP = 3  # a price so many times the one before is asked about

Cells = Mapping[str, str]  # what a line holds by code of COLUMNS


class Asked(Exception):
    """The line waits for an answer."""


class LeftOut(Exception):
    """Nobody wants the line."""


@dataclass
class Reading:
    """A file being read: its headings, what is known, and what has to be asked."""

    head: Head
    known: Known
    day: date | None = None  # of a delivery note; None: a price list
    questions: dict[str, Question] = field(default_factory=dict)
    seen: dict[tuple[str, str, int], Line] = field(default_factory=dict)

    def lines(self, table: Table) -> Iterator[Line]:
        """What each line below the headings becomes."""
        below = [row for row in table if row[0] > self.head.line]
        lines = [self._line(number, cells) for number, cells in below[:MAXIMUM_LINES]]
        if self.day is None:
            self._compare_all([line for line in lines if not line.becomes])
        yield from lines
        if len(below) > MAXIMUM_LINES:
            number = below[MAXIMUM_LINES][0]
            yield Line(number, becomes="wrong", refusal=TooManyLines(lines=MAXIMUM_LINES))

    def _line(self, number: int, cells: list[str]) -> Line:
        line = Line(number)
        by_role = {r: cells[i] for i, r in self.head.roles.items() if i < len(cells)}
        line.said = by_role.get("produce", "")[:200]
        with self._ending(line):
            if any(cells[len(self.head.texts) :]):
                raise SurplusCells(cells=len(cells), headings=len(self.head.texts))
            if self._is_idle(line, by_role, cells):
                raise LeftOut
            self._read(line, by_role)
        return line

    @contextmanager
    def _ending(self, line: Line) -> Iterator[None]:
        """Note how the reading of a line ended before its end."""
        try:
            yield
        except LeftOut:
            line.becomes = "left out"
        except Asked:
            line.becomes = "asked"
        except Invalid as refusal:
            line.becomes, line.refusal = "wrong", refusal
            line.column = self.head.column_of(str(refusal.values.get("field", "")))

    def _is_idle(self, line: Line, cells: Cells, every: list[str]) -> bool:
        """A title between the lines, the headings again on the next page of a printed list, what
        has no price, what is not to be had."""
        is_title = bool(line.said) and sum(map(bool, every)) == 1
        is_title = is_title or every[: len(self.head.texts)] == list(self.head.texts)
        has_no_price = self.day is None and bool(line.said) and not cells.get("price")
        return is_title or has_no_price or plain_name(cells.get("available", "")) in NOT_AVAILABLE

    def _read(self, line: Line, cells: Cells) -> None:
        price = price_of(cells["price"]) if cells.get("price") else None
        if cells.get("price") and price is None:
            raise PriceWrong(value=cells["price"][:60], field="price")
        sold = self._sold(line)
        measure = self._measure(line, cells, price[1] if price else "")
        if sold is None or measure is None:
            raise Asked
        line.sold, line.unit = sold if sold.unit else self._new(sold, measure), measure.unit
        line.pack_amount = self._holds(line, line.sold, measure, cells)
        if price is not None:
            self._price(line, price[0] / measure.times, cells)
        if self.day is not None:
            self._delivery(line, line.sold, measure, cells)

    def _new(self, sold: Sold, measure: Measure) -> Sold:
        """A new produce, counted as its first line is."""
        unit = measure.holds_unit or usual_unit(measure.unit)
        made = Sold(None, sold.name, unit, sold.kind, sold.species)
        self.known.produce[plain_name(sold.name)] = made
        return made

    def _ask(self, line: Line, question: Question) -> None:
        self.questions.setdefault(question.name, question)
        line.becomes = "asked"

    def _sold(self, line: Line) -> Sold | None:
        """The produce that the line names; None: it is asked. Raises ProduceMissing, LeftOut."""
        word = plain_name(line.said)
        if not word:
            raise ProduceMissing(field="produce")
        if self.known.meanings.get(("produce", word)) == LEFT_OUT:
            raise LeftOut
        found = self.known.produce.get(word) or self.known.meaning(word, line.said)
        if found is None:
            self._ask(line, Question("produce", word, line.said, line.number))
        return found

    def _measure(self, line: Line, cells: Cells, beside_price: str) -> Measure | None:
        """The unit of the line: its own cell, or what stands beside its numbers or above them."""
        beside = re.sub(r"^[0-9\s.,]+", "", cells.get("quantity", ""))
        text = cells.get("unit") or beside or beside_price or self.head.unit_above
        found = measure_of(text, self.known.units)
        if found is None:
            self._ask(line, Question("unit", unit_word(text), text[:60], line.number))
        return found

    def _holds(self, line: Line, sold: Sold, measure: Measure, cells: Cells) -> int:
        """What one pack holds, in thousandths of the produce's unit. Raises HoldsWrong, Asked."""
        if measure.unit == sold.unit:
            return ONE
        name = f"{plain_name(sold.name)[:150]}/{measure.unit}"
        column = "holds" if cells.get("holds") else "packing"
        told = cells.get("holds") or ("" if measure.holds else cells.get("packing"))
        content = content_of(told, self.known.units) if told else None
        if not told and measure.holds is not None:
            content = measure.holds, measure.holds_unit
        if told and (content is None or content[1] not in ("", sold.unit)):
            raise HoldsWrong(value=told[:60], unit=Word(UNITS[sold.unit]), field=column)
        pack = _only(self.known.packs.get((sold.id or 0, measure.unit), ()))
        usual = usual_content(measure.unit, sold.unit)
        amount = content[0] if content else usual
        answer = self.known.meanings.get(("holds", name))
        if amount is None and (pack or answer):
            return pack.amount if pack else int(answer or 0)
        if amount is None:
            ask = Question("holds", name, line.said, line.number, measure.unit, sold.unit)
            self._ask(line, ask)
            raise Asked
        found = round(amount * ONE)
        if not 0 < found <= MAXIMUM_AMOUNT:
            raise HoldsWrong(value=(told or "")[:60], unit=Word(UNITS[sold.unit]), field=column)
        return found

    def _price(self, line: Line, euros: Fraction, cells: Cells) -> None:
        """The price of one without VAT, in cents. Raises PriceWrong."""
        tax = self.head.tax or self.known.meanings.get(("tax", ""), "")
        if not tax:
            self._ask(line, Question("tax", "", self.head.column_of("price"), line.number))
        if tax == "gross":
            euros /= 1 + Fraction(_rate(cells.get("vat", "")), 1000)
        line.price_cents = int(euros * 100 + Fraction(1, 2))
        if line.price_cents > MAXIMUM_PRICE:
            raise PriceWrong(value=cells["price"][:60], field="price")
        if not line.price_cents:
            line.doubts.append(PriceZero())
        of_one = line.price_cents * ONE // line.pack_amount
        if line.sold and of_one > HIGH:
            unit = Word(UNITS[line.sold.unit])
            line.doubts.append(PriceHigh(price=Quantity(of_one * 10), unit=unit))
        if tax == "net" and line.price_cents != euros * 100:
            line.remarks.append(PriceRounded(value=Quantity(round(euros * 1000))))

    def _compare_all(self, lines: Sequence[Line]) -> None:
        """What the lines of a price list change: which sizes it names is known at its end."""
        sizes: dict[tuple[str, str], set[int]] = {}
        for line in lines:
            sizes.setdefault(line.item, set()).add(line.pack_amount)
        for line in lines:
            with self._ending(line):
                self._compare(line, is_only=len(sizes[line.item]) == 1)

    def _compare(self, line: Line, *, is_only: bool) -> None:
        """What a line of a price list changes; `is_only`: it names the only size of its unit.
        Raises RowTwice, LeftOut."""
        first = self.seen.setdefault(line.key, line)
        if first is not line:
            if first.price_cents != line.price_cents:
                raise RowTwice(other=first.number, field="produce")
            line.remarks.append(LineTwice(other=first.number))
            raise LeftOut
        assert line.sold is not None
        sold, packs = line.sold, self.known.packs.get((line.sold.id or 0, line.unit), ())
        pack = that_holds(packs, line.pack_amount)
        if pack is None or (pack.amount != line.pack_amount and not is_only):
            line.becomes = "new pack" if sold.id else "new produce"
            return
        line.pack_id, line.before_cents = pack.id, pack.price_cents
        is_held = line.pack_amount == pack.amount
        if not is_held:
            before, now = Quantity(pack.amount), Quantity(line.pack_amount)
            line.doubts.append(ContentChanged(before=before, now=now, unit=Word(UNITS[sold.unit])))
        self._doubt_jump(line)
        is_same = is_held and line.price_cents == pack.price_cents
        line.becomes = "same" if is_same else "new price" if is_held else "new content"
        if pack.ended_at is not None:
            line.becomes = "sold again"

    def _doubt_jump(self, line: Line) -> None:
        before, now = line.before_cents, line.price_cents
        if before and now and not now <= before * JUMP <= now * JUMP * JUMP:
            line.doubts.append(PriceJump(before=Quantity(before * 10)))

    def _delivery(self, line: Line, sold: Sold, measure: Measure, cells: Cells) -> None:
        """What a line of a delivery note brings. Raises QuantityWrong, DayWrong, UseByEarly."""
        typed = cells.get("quantity", "")
        number = number_of(re.sub(r"[^0-9.,\s]+$", "", typed))
        line.amount = round((number or 0) * measure.times * ONE)
        if not 0 < line.amount <= MAXIMUM_AMOUNT:
            raise QuantityWrong(value=typed[:60], field="quantity")
        line.mark, line.becomes = cells.get("lot", "")[:200], "delivered"
        total = line.amount * line.pack_amount // ONE
        if not is_usual(sold.kind, total * sold.unit_grams // ONE):
            unit = Word(UNITS[sold.unit])
            line.doubts.append(AmountAbsurd(amount=Quantity(total), unit=unit, produce=sold.name))
        line.harvested_on = _day(cells, "harvested")
        line.use_by = _day(cells, "use by")
        if line.harvested_on and self.day and line.harvested_on > self.day + FORWARD:
            raise DayWrong(value=cells["harvested"][:60], field="harvested")
        if line.harvested_on and self.day and line.harvested_on > self.day:
            line.doubts.append(HarvestAfter())
        if line.use_by and self.day and line.use_by < self.day:
            raise UseByEarly(field="use by")


def _only(packs: Sequence[Pack]) -> Pack | None:
    """The one that is sold, or the only one that ever was."""
    sold = [pack for pack in packs if pack.ended_at is None] or list(packs)
    return sold[0] if len(sold) == 1 else None


def _rate(text: str) -> int:
    """The VAT of a line in thousandths: "5,5", "5,5 %", 0.055; that of food where none is written.
    Raises RateWrong for what is none in France: a code, a word."""
    typed = text.replace("%", "").strip()
    if not typed:
        return FOOD_RATE
    number = number_of(typed)
    found = None if number is None else number * (1000 if number < Fraction(1, 2) else 10)
    if found not in RATES:
        raise RateWrong(value=text[:60], field="vat")
    return int(found)


def _day(cells: Cells, role: str) -> date | None:
    """The day of a cell; an empty one has none. Raises DayWrong."""
    text = cells.get(role, "")
    typed = day_typed(text) if text else None
    if text and typed is None:
        raise DayWrong(value=text[:60], field=role)
    return typed


def day_typed(text: str) -> date | None:
    """A day as files write it: 2026-11-24, 24/11/2026, 24.11.26."""
    found = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2}|[0-9]{4})", text)
    if not found:
        return day_of(text)
    year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
    return day_of(f"{year}-{found[2]:0>2}-{found[1]:0>2}")
