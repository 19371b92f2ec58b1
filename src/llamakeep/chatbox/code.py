"""The link as a QR code, for phones: drawn on a terminal, and for the page."""

import segno
from pydantic import SecretStr
from rich.text import Text

# As many bytes as the largest code holds at the lowest correction: some 80 models.
LONGEST = 2953
_BORDER = 2  # modules of light around it; cameras ask for some
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def code(link: SecretStr) -> segno.QRCode | None:
    """Return the code of a link, None where it is too long for one."""
    text = link.get_secret_value()
    if len(text) > LONGEST:
        return None
    return segno.make_qr(text, error="l", boost_error=False)


def width(drawn: segno.QRCode) -> int:
    """Return how many columns of a terminal a code takes; half as many lines."""
    return int(drawn.symbol_size(border=_BORDER)[0])


def on_terminal(drawn: segno.QRCode) -> Text:
    """Return a code in half blocks, black on white whatever the terminal's colours are."""
    rows = [[bool(module) for module in row] for row in drawn.matrix_iter(border=_BORDER)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    lines = (
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
    return Text("\n".join(lines), style="#000000 on #ffffff", no_wrap=True)


def on_page(drawn: segno.QRCode) -> str:
    """Return a code as SVG that stands in a page, and grows with it."""
    svg: str = drawn.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="code", lineclass=None)
    return svg
