"""Texts as phones show them: *bold*, _italic_, ~struck~ and ```fixed``` are marked up, everything else is text."""

import re
from typing import Any, Final

from wa_sandbox.page.html import Html, h, join

_MARK: Final = re.compile(
    r"```(?P<code>.+?)```"
    r"|(?<![\w*])\*(?P<b>\S(?:[^*\n]*\S)?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<i>\S(?:[^_\n]*\S)?)_(?![\w_])"
    r"|(?<![\w~])~(?P<s>\S(?:[^~\n]*\S)?)~(?![\w~])",
    re.DOTALL,
)
DEPTH: Final = 4


def said(words: str, class_: str = "words") -> Html:
    """The words of a message, in their own direction."""
    return h("p", marked(words), class_=class_, dir="auto")


def marked(words: str) -> Html:
    """A text with its marks. It is escaped first, and no mark can be part of an escape."""
    return Html(_marked(str(join(words)), DEPTH))


def _marked(html: str, depth: int) -> str:
    def drawn(found: re.Match[str]) -> str:
        name, inner = next((key, value) for key, value in found.groupdict().items() if value is not None)
        inside = _marked(inner, depth - 1) if depth and name != "code" else inner
        return f"<{name}>{inside}</{name}>"

    return _MARK.sub(drawn, html)


def part(holder: Any, name: str) -> dict[str, Any]:
    """An object inside an object; {} when it is missing or something else."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def rows(holder: Any, name: str) -> list[dict[str, Any]]:
    """The objects of a list inside an object; whatever else is there is left out."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def word(holder: Any, name: str, default: str = "") -> str:
    """A text (or number) inside an object; the default when it is missing or something else."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return str(value) if isinstance(value, str | int | float) and value != "" else default
