"""The table of providers in ``docs/providers.md``, made from the code: ``python -m tools.provider_table``.

``tests/house/test_docs_are_true.py`` fails while the page says something else.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from qafila.providers import registry
from qafila.providers.http_gateway import HttpGateway
from qafila.providers.interface import Provider
from qafila.providers.management import BlockList, MediaStore, NumberBook, Pairing

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "providers.md"
BEGIN: Final = "<!-- made by tools/provider_table.py: begin -->"
END: Final = "<!-- made by tools/provider_table.py: end -->"
LEFT_OUT: Final = ("memory",)
"""Kinds that nobody sends with."""


def table() -> str:
    """The table as it should stand."""
    kinds = [kind for kind in registry.KINDS if kind not in LEFT_OUT]
    lines = [
        "| | " + " | ".join(registry.KINDS[kind].title for kind in kinds) + " |",
        "| --- |" + " --- |" * len(kinds),
    ]
    for title, say in _ROWS:
        lines.append(f"| {title} | " + " | ".join(say(registry.get(kind)) for kind in kinds) + " |")
    lines.append(
        "| Licences | " + " | ".join(registry.KINDS[kind].licence or "see its own" for kind in kinds) + " |"
    )
    lines.append("| Tried against | " + " | ".join(registry.KINDS[kind].proof for kind in kinds) + " |")
    return "\n".join(lines)


def whole(page: str) -> str:
    """The page with the table in its place. Raises ``ValueError`` where it has no place."""
    found = re.search(rf"{re.escape(BEGIN)}.*{re.escape(END)}", page, re.DOTALL)
    if found is None:
        raise ValueError("The page has no place for the table.")
    return page[: found.start()] + f"{BEGIN}\n{table()}\n{END}" + page[found.end() :]


def main() -> int:
    """Writes it; 1 when something changed."""
    before = PAGE.read_text(encoding="utf-8")
    after = whole(before)
    PAGE.write_text(after, encoding="utf-8")
    return int(before != after)


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _allowed(provider: Provider) -> str:
    return "ask its owner" if isinstance(provider, HttpGateway) else _yes(provider.capabilities.official)


def _sends(provider: Provider) -> str:
    kinds = provider.capabilities.contents
    if len(kinds) == 1:
        return "text"
    return "every kind" if "template" in kinds and len(kinds) > 10 else ", ".join(sorted(kinds))


def _typing(provider: Provider) -> str:
    if isinstance(provider, HttpGateway):
        return "if set up"
    return _yes(provider.capabilities.typing) if provider.capabilities.typing else "as an answer only"


def _found(provider: Provider) -> str:
    """How a number without WhatsApp is found. Nothing is asked beforehand on our side."""
    return registry.KINDS[provider.kind].found


def _lost(provider: Provider) -> str:
    """What settles a message whose answer was lost."""
    if provider.capabilities.can_ask_outcome:
        return "the gateway is asked"
    if any(field.name == "own_ids" for field in registry.KINDS[provider.kind].fields):
        return "a person; its receipt, if an id of ours is switched on"
    if provider.capabilities.returns_attempt_id:
        return "its receipt"
    return "its receipt, if you map our id" if isinstance(provider, HttpGateway) else "a person"


def _webhooks(provider: Provider) -> str:
    if isinstance(provider, HttpGateway):
        return "a signature if set up, else a secret address"
    return "a secret address" if provider.capabilities.secret_path else "a signature of the body"


_ROWS: Final = (
    ("Allowed by WhatsApp's terms", _allowed),
    ("A phone is linked here", lambda one: _yes(isinstance(one, Pairing))),
    ("Sends", _sends),
    ("Templates", lambda one: _yes(one.capabilities.templates)),
    ("“typing…”", _typing),
    ("A number without WhatsApp is found", _found),
    ("A lost answer is settled by", _lost),
    ("Webhooks are believed by", _webhooks),
    ("Quality and limits are read back", lambda one: _yes(isinstance(one, NumberBook))),
    ("Files", lambda one: _yes(isinstance(one, MediaStore))),
    ("Block list", lambda one: _yes(isinstance(one, BlockList))),
)


if __name__ == "__main__":
    sys.exit(main())
