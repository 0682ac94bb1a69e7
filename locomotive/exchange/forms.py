"""The forms of a supplier's file: what it is, and what is asked about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from ..farm.forms import AboveZeroField, choices_of
from ..farm.produce import KINDS, SPECIES
from ..farm.supplier import Supplier
from ..farm.unit import PACK_WORDS, UNITS
from ..web.fields import DayField, Form, clean
from .heading import COLUMNS, Head
from .measure import PARTS
from .memory import LEFT_OUT, Known, Question, is_plural_of, near

ASKED = 20  # names asked on one page
FEW = 300  # produce that a list can still show


class IntakeForm(Form):
    """A supplier's file: a price list or a delivery note; `kept` names it once it was seen."""

    supplier_id = SelectField(_("Supplier"), coerce=int)
    kind = RadioField(_("What it is"), [InputRequired(_("Choose what the file holds."))])
    number = StringField(
        _("Number of the note"),
        [Length(max=34, message=_("Shorten this: 34 letters at most."))],
        filters=[clean],
    )
    day = DayField(_("Delivered on"))
    file = FileField(_("File"))
    kept = HiddenField()
    sure = BooleanField(_("Yes, the lines marked with a question are right"))

    def __init__(self, suppliers: Sequence[Supplier], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supplier_id.choices = choices_of((s.id, s.name) for s in suppliers)
        self.kind.choices = choices_of(
            [("prices", gettext("price list")), ("note", gettext("delivery note"))]
        )

    @property
    def state(self) -> dict[str, Any]:
        """What each of its pages needs of it, as it is sent."""
        day = self.day.data.isoformat() if self.day.data else ""
        names = ("supplier_id", "kind", "number", "kept")
        return {"day": day} | {name: str(self[name].data or "") for name in names}


class AnswersForm(Form):
    """One field for each question that is asked on the page; see `answers_form`."""

    rest = SelectField(_("All other names that we do not know"), default="")

    def answers(self, questions: Iterable[Question]) -> dict[tuple[str, str], str]:
        """(kind, word) → what was answered, of the questions that were."""
        rest = self.rest.data if "rest" in self._fields else ""
        found = {}
        for asked in questions:
            field = self._fields.get(asked.name)
            given = str(field.data or "") if field is not None else ""
            given = given or (str(rest or "") if asked.kind == "produce" else "")
            if given:
                found[asked.kind, asked.word] = given
        return found


def answers_form(
    questions: Sequence[Question], head: Head | None, known: Known, *, sent: bool
) -> AnswersForm:
    """The form of what is asked: at most so many names at once."""
    names = [asked for asked in questions if asked.kind == "produce"]
    others = [asked for asked in questions if asked.kind != "produce"]
    fields = {asked.name: _field(asked, head, known) for asked in (*others[:ASKED], *names[:ASKED])}
    given = {} if sent else {"formdata": None}
    form: AnswersForm = type("_AnswersForm", (AnswersForm,), fields)(**given)
    if len(names) > ASKED:
        form.rest.choices = choices_of([("", gettext("ask me about them next")), *_newly()])
    else:
        del form.rest
    return form


def _field(asked: Question, head: Head | None, known: Known) -> Any:
    label, choices = _label(asked), []
    if asked.kind == "holds":
        return AboveZeroField(label, validators=[Optional()])
    if asked.kind == "column" and head is not None:
        choices = [(text, text) for text in head.texts if text]
    elif asked.kind == "tax":
        choices = [
            ("net", gettext("without VAT (HT)")),
            ("gross", gettext("with VAT (TTC): it is taken off, 5.5 % where no rate is written")),
        ]
    elif asked.kind == "unit":
        units = {**PACK_WORDS, **{code: code for code in PARTS}}
        choices = [(code, gettext(name)) for code, name in units.items()]
    elif asked.kind == "produce":
        choices = _produce(asked, known)
    default = ""
    close = near(known, asked.said) if asked.kind == "produce" else []
    if close and is_plural_of(close[0], asked.said):
        default = str(close[0].id)
    first = ("", gettext("– choose –"))
    return SelectField(label, choices=choices_of([first, *choices]), default=default)


def _produce(asked: Question, known: Known) -> list[tuple[str, str]]:
    """What a name may be: one that is near, something new, any other, or nothing."""
    close = [(str(here.id), here.name) for here in near(known, asked.said)]
    everything = [(str(id_), here.name) for id_, here in known.by_id.items()]
    rest = (
        sorted(set(everything) - set(close), key=lambda c: c[1]) if len(everything) <= FEW else []
    )
    return [*close, *_newly(), *rest]


def _newly() -> list[tuple[str, str]]:
    kinds = [(f"new:{code}:", gettext(name)) for code, name in KINDS.items() if code != "meat"]
    meat = [(f"new:meat:{code}", gettext(name)) for code, name in SPECIES.items()]
    new = [(code, gettext("new produce: %(kind)s", kind=name)) for code, name in (*kinds, *meat)]
    return [(LEFT_OUT, gettext("leave it out, now and later")), *new]


def _label(asked: Question) -> str:
    words: Mapping[str, str] = {
        "column": gettext("Which column holds this: %(what)s?", what=_column(asked)),
        "tax": gettext("Are this supplier's prices without VAT or with it?"),
        "unit": gettext("Line %(line)s, unit “%(said)s”: what is it?", **_said(asked)),
        "produce": gettext("Line %(line)s, “%(said)s”: which produce is it?", **_said(asked)),
        "holds": gettext("Line %(line)s, %(said)s: what does one hold?", **_said(asked)),
    }
    if asked.kind == "unit" and not asked.word:
        return str(gettext("The lines have no unit. In what does he sell?"))
    if asked.kind == "holds":
        how = {"unit": gettext(UNITS[asked.unit]), "pack": gettext(PACK_WORDS[asked.about])}
        return f"{words['holds']} ({how['pack']} → {how['unit']})"
    return str(words[asked.kind])


def _said(asked: Question) -> dict[str, object]:
    return {"line": asked.line, "said": asked.said}


def _column(asked: Question) -> str:
    return str(gettext(COLUMNS.get(asked.word, asked.word)))
