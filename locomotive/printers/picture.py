"""Picture: the pages of a PDF as a printer of dots draws them."""

from collections.abc import Sequence

from PIL import Image

from .printer import Medium

BLACK = 160  # what is darker than this becomes a dot
POINTS = 72 / 25.4  # in a millimetre


class NoPdfium(RuntimeError):
    """PDFium is missing on this machine: a PDF cannot be drawn."""


def pictures(pdf: bytes, medium: Medium) -> list[Image.Image]:
    """Each page in black and white, one bit a dot, as wide as the medium. Raises NoPdfium."""
    try:
        import pypdfium2
    except ImportError as error:
        raise NoPdfium(str(error)) from error
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            _dots(page.render(scale=medium.density / POINTS, grayscale=True).to_pil(), medium)
            for page in document
        ]


def one_below_the_other(pages: Sequence[Image.Image]) -> Image.Image:
    """Pages of one width as a single picture."""
    whole = Image.new("1", (pages[0].width, sum(page.height for page in pages)), 1)
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    return whole


def _dots(page: Image.Image, medium: Medium) -> Image.Image:
    # Rounding makes a page a dot wider or narrower than the roll.
    whole = Image.new("L", (medium.dots, page.height), 255)
    whole.paste(page.convert("L"), (0, 0))
    return whole.point(lambda value: 255 if value > BLACK else 0).convert("1")
