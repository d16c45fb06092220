"""Words of webhooks out for their templates."""

from __future__ import annotations

from django import template

from qafila.web.pages.webhooks.words import outcome, type_word
from qafila.wording import Wording

register = template.Library()


@register.simple_tag
def webhook_type(name: str) -> str:
    """A type of event in words."""
    return type_word(name)


@register.simple_tag
def webhook_outcome(code: str) -> Wording | None:
    """Why a try does not count as delivered."""
    return outcome(code)
