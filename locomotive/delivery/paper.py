"""Paper: the PDF of a page that is made to be printed. Only the worker makes one."""

import base64
import re
from functools import cache
from pathlib import Path
from typing import Any

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
    except OSError as error:
        raise NoPango(str(error)) from error
    sheet = CSS(string=_print_style(), url_fetcher=_only_data)
    document = HTML(string=html, url_fetcher=_only_data, base_url="about:blank")
    return bytes(document.write_pdf(stylesheets=[sheet]))


def _only_data(url: str, *args: Any, **kwargs: Any) -> Any:
    from weasyprint.urls import default_url_fetcher

    if not url.startswith("data:"):
        raise ValueError(f"refused to fetch {url}")
    return default_url_fetcher(url, *args, **kwargs)


@cache
def _print_style() -> str:
    """The print style with its fonts inside."""
    style = (STATIC / "print.css").read_text()

    def inlined(match: re.Match[str]) -> str:
        font = base64.b64encode((STATIC / match[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{font}")'

    return re.sub(r"""url\(["']?(fonts/[\w.-]+)["']?\)""", inlined, style)
