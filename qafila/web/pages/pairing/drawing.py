"""The QR code as a picture in the page: nothing is fetched, and nothing of it is kept."""

from __future__ import annotations

import base64

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from qrcode.constants import ERROR_CORRECT_L
from qrcode.exceptions import DataOverflowError

from qafila.providers.management import PairingState

QUIET = 4
"""Light modules around the code, as the standard asks."""


def picture(shown: PairingState) -> SafeString | None:
    """The code as SVG drawn from its text, or the gateway's own picture; None where there is neither."""
    label = _("QR code to link the phone")
    if shown.qr:
        drawn = _svg(shown.qr)
        if drawn is not None:
            size, path = drawn
            return format_html(
                '<svg class="q-qr" role="img" aria-label="{}" viewBox="0 0 {} {}" shape-rendering="crispEdges">'
                '<rect width="100%" height="100%" fill="#fff"></rect><path d="{}" fill="#000"></path></svg>',
                label,
                size,
                size,
                mark_safe(path),  # noqa: S308 - digits and letters of our own
            )
    if shown.qr_png:
        source = base64.b64encode(shown.qr_png).decode()
        return format_html('<img class="q-qr" alt="{}" src="data:image/png;base64,{}">', label, source)
    return None


def _svg(text: str) -> tuple[int, str] | None:
    """Its size in modules with the quiet zone, and one path of all dark modules."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=QUIET)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        return None
    rows = code.get_matrix()
    parts = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    return len(rows), "".join(parts)
