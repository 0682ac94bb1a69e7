"""Refusal: a rule of the house said no, in one sentence that a person understands."""

from typing import Any


def N_(message: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return message


class Word(str):
    """A word of the catalogue among a refusal's values: it is said in the language in use."""


class Quantity(int):
    """Thousandths among a refusal's values: said with the language's decimal sign."""


class Refusal(Exception):
    """A rule said no. Subclasses are facts; `message` is a sentence of the catalogue.

    `values` fill the sentence's placeholders; `status` is the HTTP answer, `retry_seconds` the
    time after which a new try may succeed.
    """

    message = N_("This cannot be done.")
    status = 409
    retry_seconds = 0

    def __init__(self, **values: Any) -> None:
        super().__init__(self.message, values)
        self.values = values


class Invalid(Refusal):
    """What was sent makes no sense here; `field` names the input that must change."""

    message = N_("This value is not valid: %(value)s.")
    status = 422
