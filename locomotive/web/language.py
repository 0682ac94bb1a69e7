"""What people read: French first, English one click away, through the catalogue only.

The sentences in the code are English and serve as the catalogue's keys; the French ones stand in
`translations/fr`. The kitchen's few words stand in more languages; what else its pages say is
French there.
"""

import re
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask.json.tag import JSONTag, TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from flask_babel import (
    Babel,
    format_date,
    format_decimal,
    format_timedelta,
    get_domain,
    get_locale,
    gettext,
)
from flask_babel.speaklater import LazyString

from ..core.clock import ZONE, clock, local, next_minute
from ..core.refusal import Quantity, Refusal, Word
from ..core.settings import WrongSetting

LANGUAGES = ("fr", "en")
# Those of the kitchen's screens, each by the name that it has for itself.
KITCHEN_LANGUAGES = {
    code: str(Locale(code).display_name).capitalize() for code in (*LANGUAGES, "ar", "uk", "pl")
}
FROM_RIGHT = ("ar",)
# The rooms whose pages consist of these words; a page of practice does, wherever it stands.
KITCHEN_ROOMS = ("kitchen", "press", "practice")
# Between thousands a space at which no line breaks: our typeface lacks the narrow one.
FRENCH_MARKS = str.maketrans({",": "\u00a0", ".": ","})
CATALOGUE = Path(__file__).parents[1] / "translations"


class SentenceTag(JSONTag):
    """A lazy sentence that waits in the cookie: said in the language in which it was told."""

    key = " sentence"

    def check(self, value: Any) -> bool:
        return isinstance(value, LazyString)

    def to_json(self, value: Any) -> str:
        return str(value)

    def to_python(self, value: Any) -> Any:
        return value


class CookieOfSentences(SecureCookieSessionInterface):
    """The signed cookie, in which lazy sentences may wait."""

    def __init__(self) -> None:
        self.serializer = TaggedJSONSerializer()
        self.serializer.register(SentenceTag)


def speak(app: Flask) -> None:
    """Give the application its languages; refuses to start without the French catalogue."""
    if not (CATALOGUE / "fr" / "LC_MESSAGES" / "messages.mo").exists():
        raise WrongSetting("The French catalogue is not compiled: run `make words`.")
    Babel(
        app,
        default_locale="fr",
        default_timezone=ZONE,
        default_translation_directories=str(CATALOGUE),
        locale_selector=_asked_language,
    )
    # A page asks for a hundred sentences: its language is looked up by the shortest way.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda said: _catalogue().gettext(said),
        ngettext=lambda one, many, number: _catalogue().ngettext(one, many, number),
        newstyle=True,
    )
    # A lazy sentence calls itself markup, with all that people wrote and that was put into it.
    if "__html__" in vars(LazyString):
        del LazyString.__html__
    app.session_interface = CookieOfSentences()
    _know_kitchen_words(app)
    app.jinja_env.globals.update(
        language=language, KITCHEN_LANGUAGES=KITCHEN_LANGUAGES, FROM_RIGHT=FROM_RIGHT
    )
    app.jinja_env.filters.update(
        euros=euros,
        day=day,
        first_up=first_up,
        sentence=sentence,
        clock=clock_time,
        expected_time=expected_time,
        wall_time=wall_time,
        moment=moment,
        minutes=minutes,
        metres=metres,
        percent=percent,
        odds=odds,
        amount=amount_words,
        month=month,
        month_year=month_year,
        short_day=short_day,
        weekday=weekday,
        minus=minus,
        day_month=day_month,
        ago=ago,
        local_day=lambda at: local(at).date(),
        translated=gettext,
    )


def _know_kitchen_words(app: Flask) -> None:
    """Let a sentence that a language of the kitchen lacks be French, not English."""
    with app.app_context():
        known = get_domain().cache
    for code in KITCHEN_LANGUAGES.keys() - set(LANGUAGES):
        known[code, "messages"] = _kitchen_words(code)


@cache
def _kitchen_words(code: str) -> NullTranslations:
    words = Translations.load(CATALOGUE, [code])
    words.add_fallback(Translations.load(CATALOGUE, ["fr"]))
    return words


_catalogues: dict[Locale, NullTranslations] = {}


def _catalogue() -> NullTranslations:
    """The catalogue of the language in use."""
    locale = get_locale()
    found: NullTranslations | None = _catalogues.get(locale) if locale else None
    if found is None:
        found = get_domain().get_translations()
        if locale:
            _catalogues[locale] = found
    return found


def _asked_language() -> str:
    asked = request.cookies.get("language", "fr") if has_request_context() else "fr"
    return asked if asked in LANGUAGES or (asked in KITCHEN_LANGUAGES and _in_kitchen()) else "fr"


def _in_kitchen() -> bool:
    return request.blueprint in KITCHEN_ROOMS or bool(g.get("copy"))


def language() -> str:
    """The language in use: of LANGUAGES, on the kitchen's screens of KITCHEN_LANGUAGES."""
    return str(get_locale() or "fr")


def ago(at: datetime, now: datetime) -> str:
    """How long before now: "5 hours ago"."""
    return str(format_timedelta(at - now, add_direction=True))


def euros(cents: int) -> str:
    """A sum: 125000 → "1 250,00 €" in French, "€1,250.00" in English."""
    sign = "−" if cents < 0 else ""
    text = f"{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    if language() == "en":
        return f"{sign}€{text}"
    return sign + text.translate(FRENCH_MARKS) + "\u00a0€"


def odds(probability: float) -> str:
    """How often something holds, never rounded up: 0.957 → "19 jours sur 20"."""
    if probability >= 0.9995:
        return str(gettext("every day"))
    days = 100 if probability >= 0.96 else 20 if probability >= 0.95 else 10
    kept = int(probability * days + 1e-9)
    if kept < 2 and days == 10:
        return str(gettext("one day in 10") if kept else gettext("hardly ever"))
    return str(gettext("%(kept)s days in %(days)s", kept=kept, days=days))


def percent(basis_points: int) -> str:
    """A VAT rate: 550 → "5,5 %" in French, "5.5%" in English."""
    text = f"{basis_points / 100:g}"
    return f"{text.replace('.', ',')}\u00a0%" if language() == "fr" else f"{text}%"


def day(value: date) -> str:
    """A date with its weekday: "mardi 24 novembre" or "Tuesday 24 November"."""
    return _first(format_date(value, "EEEE d MMMM"))


def _first(text: str) -> str:
    """The first of a month as French writes it: "1er décembre"."""
    return re.sub(r"(?<!\d)1 (?=\w)", "1er ", text) if language() == "fr" else text


def month_year(value: date) -> str:
    """The month of a day with its year: "novembre 2026"."""
    return str(format_date(value, "LLLL y"))


def short_day(value: date) -> str:
    """A date in short: "mar. 24 nov." or "Tue 24 Nov"."""
    return _first(format_date(value, "EEE d MMM"))


def day_month(value: date) -> str:
    """A date without its weekday: "24 nov." or "24 Nov"."""
    return _first(format_date(value, "d MMM"))


def minus(number: object) -> str:
    """A number as text, with the sign of a minus where code has a hyphen."""
    return str(number).replace("-", "−")


def weekday(number: int) -> str:
    """The name of a day of the week; 0 is Monday."""
    return str(format_date(date(2026, 6, 1 + number), "EEEE"))


def month(number: int) -> str:
    """The name of a month, 1 to 12."""
    return str(format_date(date(2026, number, 1), "LLLL"))


def amount_words(thousandths: int) -> str:
    """A quantity in thousandths: 12500 → "12,5" in French, "12.5" in English."""
    sign = "-" if thousandths < 0 else ""
    whole, rest = divmod(abs(thousandths), 1000)
    text = f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")
    return text.replace(".", ",") if language() == "fr" else text


def first_up(text: str) -> str:
    """The text with a capital first letter: "mardi 24 novembre" → "Mardi 24 novembre"."""
    return text[:1].upper() + text[1:]


def clock_time(value: datetime) -> str:
    """A time on the restaurant's clock: "12 h 05" in French, "12:05" in English."""
    return wall_time(local(value).time())


def wall_time(value: time) -> str:
    """A time as it stands on the clock: "12 h 05" in French, "12:05" in English."""
    if language() == "fr":
        return f"{value.hour}\u00a0h\u00a0{value.minute:02d}"
    return f"{value:%H:%M}"


def expected_time(value: datetime) -> str:
    """When something is expected, on the restaurant's clock: rounded up to the minute."""
    return clock_time(next_minute(value))


def moment(value: datetime) -> str:
    """A date and a time; the date with its year where that is another one."""
    day = local(value).date()
    dated = (
        short_day(day) if day.year == clock.today().year else _first(format_date(day, "d MMM y"))
    )
    return f"{dated}, {clock_time(value)}"


def minutes(seconds: int) -> str:
    """A duration for people: "25 min", "1 h 05"."""
    whole = max(0, round(seconds / 60))
    hours, rest = divmod(whole, 60)
    return f"{hours}\u00a0h\u00a0{rest:02d}" if hours else f"{rest}\u00a0min"


def metres(length: int) -> str:
    """A distance for people, in metres: "80 m", "1,2 km"."""
    if length < 1000:
        return f"{max(10, round(length, -1))}\u00a0m"
    return f"{format_decimal(length / 1000, format='0.0')}\u00a0km"


def sentence(refusal: Refusal) -> str:
    """A refusal in the language in use, its moments as the restaurant's clock shows them."""
    values = {name: _spoken(value) for name, value in refusal.values.items()}
    return str(gettext(refusal.message, **values))


def _spoken(value: object) -> object:
    if isinstance(value, Refusal):
        return sentence(value)
    if isinstance(value, list):
        return ", ".join(str(_spoken(one)) for one in value)
    if isinstance(value, Word):
        return gettext(value)
    if isinstance(value, Quantity):
        return amount_words(value)
    if isinstance(value, datetime):
        return clock_time(value)
    return day(value) if isinstance(value, date) else value
