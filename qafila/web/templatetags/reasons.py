"""Wording codes as people read them, and other words of messages and contracts: ``{% load reasons %}``."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from qafila.web.pages.messages.filters import sentence
from qafila.web.pages.messages.listing import last_change as moment_of
from qafila.web.ui.durations import about, fine

register = template.Library()
_LITERAL = re.compile(r"`([^`]*)`")


@register.simple_tag
def reason(code: str) -> SafeString:
    """The sentence of a code; the code itself beside it for whoever has to look it up."""
    if (vendor := vendor_code(code)) != code:
        return format_html(
            '<span title="{}">{} <bdi dir="ltr" class="text-secondary">{}</bdi></span>',
            code,
            sentence(code),
            vendor,
        )
    return format_html('<span title="{}">{}</span>', code, sentence(code))


@register.filter
def vendor_code(code: str) -> str:
    """The provider's own number without our name of the provider, as :func:`reason` shows it; another code as it is."""
    vendor = code.partition(".")[2]
    return vendor if vendor.isdigit() else code


@register.filter
def last_change(line: Any) -> datetime | None:
    """The latest thing that happened to a message."""
    return moment_of(line)


@register.filter
def duration(seconds: float | None) -> str:
    """About how long: ``3 h 20 min``."""
    return about(seconds)


@register.filter
def quick(seconds: float) -> str:
    """A short time: ``0.21 s``."""
    return fine(seconds)


@register.filter
def literals(text: str) -> SafeString:
    """What a sentence quotes between backticks (a number, a command) as it is to be copied."""
    escaped = str(conditional_escape(text))
    return mark_safe(_LITERAL.sub(r'<code dir="ltr">\1</code>', escaped))  # noqa: S308 - escaped just before
