"""Paper: the PDF of a page that is made to be printed. Only the worker makes one."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import segno

from .round import Round

STATIC = Path(__file__).parent.parent / "static"


class NoPango(RuntimeError):
    """WeasyPrint cannot load Pango on this machine; the HTML prints all the same."""


def pdf(html: str) -> bytes:
    """The PDF of a printable page.

    Whatever the page names is refused, `data:` apart: a customer's note cannot make the machine
    fetch anything. Raises NoPango.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise NoPango(str(error)) from error
    only_data = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    fonts = FontConfiguration()
    sheet = CSS(string=_print_style(), url_fetcher=only_data, font_config=fonts)
    document = HTML(string=html, url_fetcher=only_data, base_url="about:blank")
    return bytes(document.write_pdf(stylesheets=[sheet], font_config=fonts))


def qr_code(address: str) -> str:
    """The QR code of an address as inline SVG, without style attributes."""
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_inline(border=1, omitsize=True, svgclass=None, lineclass=None))


def sheet_path(folder: Path, round_: Round, language: str) -> Path:
    """Where the PDF of a round's sheet is kept below the instance folder.

    Another plan, release, language or cancelled order has another name, so that no old paper is
    handed out.
    """
    stamp = (round_.released_at or round_.planned_at).strftime("%Y%m%dT%H%M%S%f")
    state = "released" if round_.is_released else "planned"
    orders = ",".join(str(order.id) for order in round_.orders)
    content = hashlib.sha256(orders.encode()).hexdigest()[:12]
    name = f"round-{round_.id}-{state}-{stamp}-{content}-{language}.pdf"
    return folder / "paper" / name


@cache
def _print_style() -> str:
    """The print style with its fonts inside."""
    style = (STATIC / "print.css").read_text()

    def inlined(match: re.Match[str]) -> str:
        font = base64.b64encode((STATIC / match[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{font}")'

    return re.sub(r"""url\(["']?(fonts/[\w.-]+)["']?\)""", inlined, style)
