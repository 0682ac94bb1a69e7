"""Label: what the law of 2018 for food in restaurants (EGalim) counts as of quality.

Codes are those of the import of ma-cantine, the state's platform (its schema of purchases, 2026).
"""

import re
import unicodedata

from ..core.refusal import N_, Invalid

LABELS: dict[str, str] = {
    "BIO": N_("organic"),
    "LABEL_ROUGE": N_("Label Rouge"),
    "AOCAOP": N_("PDO"),
    "IGP": N_("PGI"),
    "STG": N_("TSG"),
    "HVE": N_("high environmental value"),
    "PECHE_DURABLE": N_("sustainable fishing"),
    "RUP": N_("outermost region"),
    "COMMERCE_EQUITABLE": N_("fair trade"),
    "FERMIER": N_("farm-made"),
    "EXTERNALITES": N_("lower external costs"),
    "PERFORMANCE": N_("environmental performance"),
}
# What people write instead of the codes.
WORDS = {
    "ab": "BIO", "biologique": "BIO", "organic": "BIO", "rouge": "LABEL_ROUGE",
    "labelrouge": "LABEL_ROUGE", "aop": "AOCAOP", "aoc": "AOCAOP", "pdo": "AOCAOP",
    "pgi": "IGP", "tsg": "STG", "msc": "PECHE_DURABLE", "equitable": "COMMERCE_EQUITABLE",
    "fairtrade": "COMMERCE_EQUITABLE",
}  # fmt: skip


class LabelUnknown(Invalid):
    message = N_("%(word)s is no label that we know. Write some of: %(known)s.")


def read_labels(text: str) -> str:
    """The codes of labels as people write them, "bio, AOP" → "BIO,AOCAOP", each once and in the
    order of the law. Raises LabelUnknown."""
    found = set()
    for word in filter(None, (part.strip() for part in re.split(r"[,;/+]", text))):
        code = _code(word)
        if code is None:
            raise LabelUnknown(field="labels", word=word, known=", ".join(LABELS))
        found.add(code)
    return ",".join(code for code in LABELS if code in found)


def _code(word: str) -> str | None:
    letters = unicodedata.normalize("NFKD", word).casefold()
    plain = re.sub(r"[^a-z]", "", letters)
    codes = {re.sub(r"[^a-z]", "", code.casefold()): code for code in LABELS}
    return codes.get(plain) or WORDS.get(plain)
