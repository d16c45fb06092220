"""What carries a contract's messages: free text, or an approved template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT: dict[str, Any] = {"kind": "text"}


def content_for(
    *, chosen: Mapping[str, Any] | None, default: Mapping[str, Any] | None, official: bool
) -> dict[str, Any]:
    """The content of the batch (``ledger.models.Batch``).

    :param chosen: the template that the contract names, perhaps with ``components``; it wins.
    :param default: the account's default template; it carries the messages on an official number only.
    """
    template = chosen or (default if official else None)
    if template is None:
        return dict(TEXT)
    content = {
        "kind": "template",
        "name": template["name"],
        "language": template["language"],
        "variable": template.get("variable"),
    }
    if components := template.get("components"):
        content["components"] = components
    return content


def is_template(content: Mapping[str, Any]) -> bool:
    """Whether a template carries the messages."""
    return content.get("kind") == "template"
