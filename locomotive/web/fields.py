"""Fields that take what people type, and the place where a refusal is shown."""

import re
from datetime import date, time
from functools import cache
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms import Form as AnyForm
from wtforms.fields import choices
from wtforms.i18n import get_translations
from wtforms.widgets import DateInput, TextInput, TimeInput

from ..core.clock import day_of
from ..core.refusal import Refusal
from .language import language, sentence

# The types published for WTForms lack it.
SelectChoice: Any = choices.SelectChoice  # type: ignore[attr-defined]


class Said:
    """WTForms' own sentences; those that do not say what to do are said by ours."""

    OURS = ("Not a valid choice.", "Invalid Choice: could not coerce.")

    def __init__(self, theirs: Any) -> None:
        self.theirs = theirs

    def gettext(self, text: str) -> str:
        return str(_("Choose one of the list.") if text in self.OURS else self.theirs.gettext(text))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return str(self.theirs.ngettext(one, many, number))


@cache
def _theirs(code: str) -> Any:
    """WTForms' sentences in a language; Flask-WTF would read their file for every request."""
    return get_translations([code])


class Form(FlaskForm):
    """A form of the house; `code` is the HTTP status of the answer that shows it."""

    class Meta(FlaskForm.Meta):
        """Where a form's fields come from."""

        def wrap_formdata(self, form: AnyForm, formdata: Any) -> Any:
            """What was sent; a form sent without any field is a form that lacks them all."""
            sent = super().wrap_formdata(form, formdata)
            is_empty = sent is None and formdata is not None and request.method == "POST"
            return request.form if is_empty else sent

        def get_translations(self, form: AnyForm) -> Any:
            """The sentences that WTForms itself says, in the words of the house."""
            return Said(_theirs(language()))

    _code = 0

    @property
    def code(self) -> int:
        """That of a refusal, 422 where a field is wrong, else 200."""
        return self._code or (422 if self.errors else 200)

    @code.setter
    def code(self, code: int) -> None:
        self._code = code

    @property
    def first_wrong(self) -> str:
        """The name of the first field that is wrong; empty when none is."""
        return next((field.name for field in self if field.errors), "")

    def focus_wrong(self) -> None:
        """Let the page put the focus into the first wrong field; no script is needed."""
        field = self[self.first_wrong] if self.first_wrong else None
        if field is not None:
            field.render_kw = {**(field.render_kw or {}), "autofocus": True}


def parse_id(text: str | None) -> int | None:
    """A row's number as a form sends it; None when it cannot be one."""
    plain = text or ""
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 9 else None


def parse_count(text: str | None) -> int:
    """A number of portions as a script sends it, below zero too; 0 for anything else."""
    plain = text or ""
    number = parse_id(plain.removeprefix("-")) or 0
    return -number if plain.startswith("-") else number


# Stands in what was sent for what cannot be stored; a number that holds it is none.
REPLACEMENT = "\ufffd"
# Nothing is seen of them, but Persian names and drawn families are written with them; they join, so
# one alone, or at the edge of a word, is none.
JOINERS = "\u200c\u200d"
STRAY_JOINER = re.compile(rf"(?<!\S)[{JOINERS}]+|[{JOINERS}]+(?!\S)|(?<=[{JOINERS}])[{JOINERS}]+")


def clean(text: str | None) -> str:
    """The text on one line, without what cannot be printed or stored."""
    letters = ((c if _is_kept(c) else " ") for c in text or "")
    return " ".join(STRAY_JOINER.sub("", "".join(letters)).split())


def _is_kept(letter: str) -> bool:
    return letter in JOINERS or (letter.isprintable() and letter != REPLACEMENT)


def cents_of(text: str) -> int | None:
    """The cents of an amount typed with a comma or a point: "12,50", "12.5", "12 €"."""
    clean = re.sub(r"[\s€]", "", text)
    found = re.fullmatch(r"([0-9]{1,7})(?:[.,]([0-9]{1,2}))?", clean)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def amount(cents: int) -> str:
    """An amount as it is typed: 1250 → "12,50" in French, "12.50" in English."""
    text = f"{cents // 100}.{cents % 100:02d}"
    return text.replace(".", ",") if language() == "fr" else text


def near_amount(text: str) -> str:
    """The amount that was probably meant: "12:50" → "12,50"; 12,50 when nothing is near."""
    found = re.match(r"[^0-9]*([0-9]{1,4})(?:[^0-9]+([0-9]{1,2}))?", text)
    return amount(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 1250)


def degrees_of(text: str) -> float | None:
    """Degrees typed with a comma or a point: "50,4697", "2.9936"."""
    found = re.fullmatch(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,12})?°?", text.strip())
    return float(found[0].rstrip("°").replace(",", ".")) if found else None


def wall_of(text: str) -> time | None:
    """A wall time: "11:30", "11 h 30", "11h", "11.30"."""
    found = re.fullmatch(r"([0-9]{1,2})\s*[:hH.]\s*([0-9]{2})?(?::00)?", text.strip())
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return time(int(found[1]), int(found[2] or 0))


Widget = TextInput | TimeInput | DateInput


class TypedField(Field):
    """A field that shows again what was typed when it was wrong.

    One that a request lacks keeps its default; without a default it is wrong, unless `Optional`.
    """

    widget: Widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.written(self.data)

    def written(self, value: Any) -> str:
        """The value as a person would type it."""
        return str(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = None
            self.data = self.read(str(valuelist[0]))
        elif self.data is None:
            self.data = self.lacking()

    def lacking(self) -> Any:
        """The value of a field that the request lacks; raises ValueError when there is none."""
        raise ValueError(_("This field is missing. Reload the page, and fill it in."))

    def read(self, text: str) -> Any:
        """The value of what was typed; raises ValueError with a sentence and a suggestion."""
        raise NotImplementedError


class MoneyField(TypedField):
    """An amount in cents, from 0 to `most`."""

    def __init__(self, label: Any, *, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    def written(self, value: int) -> str:
        return amount(value)

    def read(self, text: str) -> int:
        cents = cents_of(text)
        if cents is None:
            raise ValueError(_("Write an amount such as %(near)s.", near=near_amount(text)))
        if cents > self.most:
            raise ValueError(
                _("The amount must lie between 0 and %(most)s.", most=amount(self.most))
            )
        return cents


class WholeField(TypedField):
    """A whole number from `least` to `most`, in the digits 0-9 only; `blank` is an empty field."""

    def __init__(
        self, label: Any, *, least: int = 0, most: int, blank: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.least, self.most, self.blank = least, most, blank

    def lacking(self) -> int:
        return int(super().lacking()) if self.blank is None else self.blank

    def read(self, text: str) -> int:
        clean = text.strip()
        if not clean and self.blank is not None:
            return self.blank
        if re.fullmatch(r"[0-9]{1,9}", clean) and self.least <= int(clean) <= self.most:
            return int(clean)
        raise ValueError(
            _(
                "Write a whole number between %(least)s and %(most)s.",
                least=self.least,
                most=self.most,
            )
        )


class DegreesField(TypedField):
    """Degrees of latitude or longitude between -`most` and `most`; `such_as` is an example."""

    def __init__(self, label: Any, *, most: int, such_as: float, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most, self.such_as = most, such_as

    def written(self, value: float) -> str:
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if language() == "fr" else text

    def read(self, text: str) -> float:
        degrees = degrees_of(text)
        if degrees is None:
            raise ValueError(_("Write degrees such as %(near)s.", near=self.written(self.such_as)))
        if abs(degrees) > self.most:
            raise ValueError(
                _(
                    "Degrees must lie between -%(most)s and %(most)s, such as %(near)s.",
                    most=self.most,
                    near=self.written(self.such_as),
                )
            )
        return degrees


class WallField(TypedField):
    """A time on the restaurant's wall clock."""

    widget: Widget = TimeInput()

    def written(self, value: time) -> str:
        return f"{value:%H:%M}"

    def read(self, text: str) -> time:
        wall = wall_of(text)
        if wall is None:
            raise ValueError(_("Write a time such as 11:30."))
        return wall


class DayField(TypedField):
    """A day, written as browsers send it: 2026-11-24."""

    widget: Widget = DateInput()

    def written(self, value: date) -> str:
        return value.isoformat()

    def read(self, text: str) -> date:
        day = day_of(text.strip())
        if day is None:
            raise ValueError(_("Choose a day, such as 2026-11-24."))
        return day


def show_refusal(form: AnyForm, refusal: Refusal) -> int:
    """Put a refusal's sentence at the form's field that it names, else above the form.

    Returns the status of the answer.
    """
    name = refusal.values.get("field", "")
    if name in form:
        form[name].errors = [sentence(refusal)]
    else:
        form.form_errors.append(sentence(refusal))
    return refusal.status
