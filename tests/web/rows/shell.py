"""Language, theme, search, exports, the live stream."""

from __future__ import annotations

from tests.web.pages import Row

_NONE = "export_0000000000000000000000"

ROWS = {
    "language": Row(post=lambda _: {"language": "ru"}, no_audit="how one's own pages look"),
    "theme": Row(post=lambda _: {"theme": "dark"}, no_audit="how one's own pages look"),
    "search": Row(),
    "live": Row(never_ends=True),
    "live-badge": Row(),
    "change": Row(lambda _: {"public_id": "change_0000000000000000000000"}, answers=(404,)),
    "exports": Row(
        post=lambda _: {"save_view": "1", "name": "x"}, no_audit="a saved view is the person's own"
    ),
    "export": Row(lambda _: {"public_id": _NONE}, answers=(404,)),
    "export-file": Row(lambda _: {"public_id": _NONE}, answers=(404,)),
}
