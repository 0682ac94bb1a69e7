"""PDF: the file of a page that is made to be printed. Only the worker makes one."""

import atexit
import base64
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from .making.fold import move_pages

# The fonts are shared, and Pango's are not made for two threads at once.
_one_at_a_time = Lock()
STATIC = Path(__file__).parent.parent / "static"
# Of a label on a roll, in mm, before it goes on on a second one; CSS pixels in a mm.
LONGEST, PIXELS = 500, 96 / 25.4
PRINT_STYLES = ("print.css", "print-rounds.css", "print-papers.css")
# Emoji of names and notes, with what joins and colours them: where no font has them, a printed
# sheet would show empty boxes.
EMOJI = re.compile("[\u2600-\u27bf\ufe0e\ufe0f\u200d\U0001f000-\U0001faff\U000e0020-\U000e007f]+")


class NoPango(RuntimeError):
    """WeasyPrint cannot load Pango on this machine; the HTML prints all the same."""


def pdf(*pages: str, prints: bool = False) -> bytes:
    """The PDF of printable pages, one behind the other; `prints` opens the viewer's print dialogue.

    Emoji are left out where no font has them. Whatever a page names is refused, but `data:`: a
    customer's note cannot make the machine fetch anything. Raises NoPango.
    """
    with _one_at_a_time:
        first, *others = _documents(pages)
        whole = first.copy([page for document in (first, *others) for page in document.pages])

        def finish(document: Any, file: Any) -> None:
            move_pages(document.pages, file)
            if prints:
                _print_at_once(document, file)

        return bytes(whole.write_pdf(finisher=finish))


def is_busy() -> bool:
    """Whether this process makes a PDF now: another one has to wait."""
    return _one_at_a_time.locked()


def roll_pdf(html: str, *, width: float, margin: float, prints: bool = False) -> bytes:
    """The PDF of labels for a roll that is printable so many mm across: each page is as long as
    what stands on it. Raises NoPango."""
    size = f"@page roll {{ size: {width}mm {LONGEST}mm; margin: {margin}mm }}"
    with _one_at_a_time:
        (document,) = _documents([html], style=size)
        for page in document.pages:
            ends = [place[1] for name, place in page.anchors.items() if name.startswith("end-")]
            page.height = max(ends) + margin * PIXELS if ends else page.height
        return bytes(document.write_pdf(finisher=_print_at_once if prints else None))


def _documents(pages: Iterable[str], style: str = "") -> list[Any]:
    try:
        from weasyprint import CSS, HTML
    except OSError as error:
        raise NoPango(str(error)) from error
    only_data, fonts, sheet = _press()
    sheets = [sheet, CSS(string=style)] if style else [sheet]
    return [
        HTML(string=printable(html), url_fetcher=only_data, base_url="about:blank").render(
            stylesheets=sheets, font_config=fonts
        )
        for html in pages
    ]


def printable(text: str) -> str:
    """The text without emoji where no font of the machine draws them."""
    return text if has_font("1f955") else EMOJI.sub("", text)


@cache
def has_font(code: str) -> bool:
    """Whether a font of the machine draws a character, by its code in hexadecimal digits."""
    try:
        asked = ["fc-list", f":charset={code}", "family"]
        found = subprocess.run(asked, capture_output=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(found.strip())


@cache
def _press() -> tuple[Any, Any, Any]:
    """What every PDF shares: who may fetch what, the fonts, the print style; read once."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    only_data = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    fonts = FontConfiguration()
    atexit.register(_press.cache_clear)  # it removes its files: not when all else is gone
    return only_data, fonts, CSS(string=_print_style(), url_fetcher=only_data, font_config=fonts)


def _print_at_once(_document: Any, file: Any) -> None:
    # The named action "Print" of PDF 32000-1, 12.6.4.11: browsers' viewers know it.
    file.catalog["OpenAction"] = "<< /S /Named /N /Print >>"


@cache
def _print_style() -> str:
    """The print styles of every sheet, with their fonts inside."""
    style = "".join((STATIC / name).read_text() for name in PRINT_STYLES)

    def inlined(match: re.Match[str]) -> str:
        font = base64.b64encode((STATIC / match[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{font}")'

    return re.sub(r"""url\(["']?(fonts/[\w.-]+)["']?\)""", inlined, style)
