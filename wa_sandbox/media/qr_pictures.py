"""A QR code as a picture: SVG or PNG."""

import qrcode

from wa_sandbox.media.people_pictures import png_of

PIXELS = 8
"""Of one module."""


def svg(text: str) -> bytes:
    """A square drawing, black on white."""
    matrix = _matrix(text)
    dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    side = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side * PIXELS}" '
        f'height="{side * PIXELS}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path d="{dots}"/></svg>'
    ).encode()


def png(text: str) -> bytes:
    """The same, in grey."""
    matrix = _matrix(text)
    rows = [b"".join((b"\x00" if dark else b"\xff") * PIXELS for dark in row) for row in matrix]
    side = len(matrix) * PIXELS
    return png_of([row for row in rows for _ in range(PIXELS)], width=side, colours=False)


def _matrix(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(border=4, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    return matrix
