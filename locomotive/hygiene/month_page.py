"""The month as paper, as rows of a spreadsheet, and its curves of cooling."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup

from ..core.clock import clock, local
from ..core.db import db
from ..core.refusal import N_
from ..web.language import amount_words, minus
from ..web.spreadsheet import Thousandths
from ..web.view import settings
from .limit import HOUSE, LIMITS, Limit
from .month import Month, month_of, state_of
from .point import KINDS
from .reading import ACTS, CorrectiveAct, Reading
from .thermal_step import STEPS, ThermalStep

RESULTS = {
    "in": N_("in range"),
    "out": N_("out of range"),
    "back": N_("mistyped"),
    "done": N_("done"),
    "gap": N_("not done"),
}
# As many columns as stand beside each other on a page.
COLUMNS = 6
CURVE = (200, 60)


def month_html(day: date, *, is_pdf: bool) -> str:
    """The month's page; its PDF is made of the same page without the bar above the paper."""
    month = month_of(db.session(), day, today=clock.today())
    return render_template(
        "hygiene/month.html",
        month=month,
        is_pdf=is_pdf,
        blocks=[*_blocks(month, "cleaning", is_cleaning=False),
                *_blocks(month, "cleaning", is_cleaning=True)],
        result_of=result_of,
        act_words=act_words,
        curve=curve,
        degrees=degrees,
        kinds=KINDS,
        steps=STEPS,
        limits=[limit_words(LIMITS[code], value) for code, value in month.limits.items()
                if LIMITS[code].source != HOUSE],
        now=clock.now(),
    )  # fmt: skip


def _blocks(month: Month, kind: str, *, is_cleaning: bool) -> Iterator[list[object]]:
    points = [point for point in month.points if (point.kind == kind) == is_cleaning]
    for start in range(0, len(points), COLUMNS):
        yield list(points[start : start + COLUMNS])


def month_path(day: date, language: str, *, now: datetime) -> Path:
    """Where the PDF of a month is kept; what was read or done since makes another one."""
    name = f"hygiene-{day:%Y-%m}-{state_of(db.session(), now=now)}-{language}.pdf"
    return settings().files / "paper" / name


def degrees(tenths: int | None) -> str:
    """Tenths as people write them, with a true minus sign."""
    return "" if tenths is None else minus(amount_words(tenths * 100))


def limit_words(limit: Limit, value: int) -> str:
    """A limit in force with its source in the law."""
    number = degrees(value) if limit.scale == 10 else str(value)
    return str(_("%(what)s %(number)s %(unit)s (%(source)s)", what=_(limit.words), number=number,
                 unit=limit.unit, source=_(limit.source)))  # fmt: skip


def result_of(reading: Reading) -> str:
    """The code of what a reading says."""
    if not reading.counts:
        return "back"
    if reading.tenths is None:
        return "done"
    return "out" if reading.is_out else "in"


def result_words(code: str) -> str:
    """What a result's code says."""
    words = RESULTS[code]
    return str(_(words))


def act_words(act: CorrectiveAct) -> str:
    """What was done, with the words that were written."""
    said = str(_(ACTS[act.code]))
    return str(_("%(what)s: %(words)s", what=said, words=act.words)) if act.words else said


def curve(step: ThermalStep, readings: Sequence[Reading]) -> Markup:
    """The readings of a step as a curve over its time; the broken line is its target."""
    width, height = CURVE
    seen = [reading for reading in readings if reading.counts and reading.tenths is not None]
    span = max(
        [(step.due_at - step.started_at).total_seconds()]
        + [(r.at - step.started_at).total_seconds() for r in seen]
    )
    top = max([1000, *(r.tenths or 0 for r in seen)])

    def place(at: datetime, tenths: int) -> str:
        x = (at - step.started_at).total_seconds() / span * (width - 8) + 4
        return f"{x:.1f},{height - 4 - max(0, tenths) / top * (height - 8):.1f}"

    line = " ".join(place(reading.at, reading.tenths or 0) for reading in seen)
    level = place(step.started_at, step.target_tenths).split(",")[1]
    end = place(step.due_at, 0).split(",")[0]
    dots = "".join(
        '<circle cx="{}" cy="{}" r="2.5" fill="#000"/>'.format(*p.split(",")) for p in line.split()
    )
    return Markup(
        f'<svg class="curve" viewBox="0 0 {width} {height}" aria-hidden="true" '
        f'fill="none" stroke="#000" stroke-width="1.5">'
        f'<path d="M4 {level}H{width - 4}" stroke-dasharray="4 3"/>'
        f'<path d="M{end} 2V{height - 2}" stroke-dasharray="1 3"/>'
        f'<polyline points="{line}"/>{dots}</svg>'
    )  # fmt: skip


def month_rows(month: Month) -> Iterator[list[object]]:
    """All facts of the month for a spreadsheet, by day and time; gaps are rows too."""
    yield [
        _("Day"), _("Time"), _("Kind"), _("Name"), _("Value"), _("Unit"), _("Limit"), _("Result"),
        _("Corrective act"), _("Screen"), _("Time on the screen's own clock"),
        _("Minutes since it began"), _("Minutes at most"),
    ]  # fmt: skip
    rows = [*_reading_rows(month), *_gap_rows(month), *_lot_rows(month), *_batch_rows(month)]
    rows += _sample_rows(month)
    yield from (row for _key, row in sorted(rows, key=lambda pair: pair[0]))


# Cells after a row's name.
REST = 9
Row = tuple[tuple[date, time, str], list[object]]


def _row(day: date, at: datetime | None, kind: str, name: str, *rest: object) -> Row:
    """A row with its key; cells that `rest` lacks are empty."""
    wall = local(at).time().replace(tzinfo=None, microsecond=0) if at else time.max
    shown = f"{wall:%H:%M}" if at else ""
    return (day, wall, name), [day, shown, kind, name, *rest, *[""] * (REST - len(rest))]


def _tenths(value: int | None) -> Thousandths | None:
    return None if value is None else Thousandths(value * 100)


def _reading_rows(month: Month) -> Iterator[Row]:
    for reading in month.readings:
        kind = KINDS[reading.point.kind] if reading.point else None
        step = reading.step
        words = kind.words if kind else STEPS[step.kind if step else ""]
        name = reading.point.name if reading.point else step.what if step else ""
        unit = ("" if kind and kind.believed is None else kind.unit) if kind else "°C"
        own = local(reading.pressed_at) if reading.pressed_at else None
        yield _row(
            reading.day, reading.at, _(words), name, _tenths(reading.tenths), unit,
            _tenths(reading.limit_tenths), result_words(result_of(reading)),
            " / ".join(act_words(act) for act in reading.acts), reading.device,
            f"{own:%Y-%m-%d %H:%M}" if own else "", reading.minutes,
            step.most_minutes if step else None,
        )  # fmt: skip


def _gap_rows(month: Month) -> Iterator[Row]:
    points = {point.id: point for point in month.points}
    for point_id, day in month.gaps:
        point = points[point_id]
        words = _(KINDS[point.kind].words)
        yield _row(day, None, words, point.name, None, "", None, result_words("gap"), "", "", "")


def _lot_rows(month: Month) -> Iterator[Row]:
    for lot, limit in month.lots:
        is_out = limit is not None and (lot.tenths or 0) > limit
        yield _row(
            lot.received_on, None, _("Reception"), f"{lot.name} {lot.produce.name}",
            _tenths(lot.tenths), "°C", _tenths(limit), result_words("out" if is_out else "in"),
            lot.refused_because, lot.supplier.name, "",
        )  # fmt: skip


def _sample_rows(month: Month) -> Iterator[Row]:
    for food in month.samples:
        until = _("kept until %(day)s", day=food.use_by.isoformat())
        ended = str(local(food.ended_at).date()) if food.ended_at else ""
        result = _("thrown away on %(day)s", day=ended) if ended else _("is kept")
        yield _row(
            local(food.opened_at).date(), food.opened_at, _("sample meal"), food.what, None, "",
            until, result, "", "", "",
        )  # fmt: skip


def _batch_rows(month: Month) -> Iterator[Row]:
    least = month.limits["holding"]
    for batch in month.batches:
        if batch.core_tenths is not None:
            yield _row(
                batch.day, batch.cooked_at, _("Temperature at the core"), batch.dish.name,
                _tenths(batch.core_tenths), "°C", None, "", "", "", "",
            )  # fmt: skip
        for seen in batch.readings:
            result = result_words("out" if seen.tenths < least else "in")
            yield _row(
                local(seen.at).date(), seen.at, _("Hot holding"), batch.dish.name,
                _tenths(seen.tenths), "°C", _tenths(least), result, "", "", "",
            )  # fmt: skip
