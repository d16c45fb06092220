"""The components of every page: ``{% load ui %}``. Each escapes what it is given and stands in right-to-left text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, Select
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qafila.web.shell import undoing
from qafila.web.shell.doors import Current
from qafila.web.ui import addresses, figures
from qafila.web.ui.confirming import TYPED_ABOVE
from qafila.web.ui.states import look_of

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration and hidden from screen readers.

    Directional ones (arrows, chevrons, send) mirror on right-to-left pages.
    """
    mirrors = name.startswith(("arrow-left", "arrow-right", "arrow-back", "chevron-left", "chevron-right"))
    mirrors = mirrors or name in {"send", "logout", "player-skip-forward", "external-link", "list-details"}
    names = " ".join(part for part in ("icon", "q-mirror" if mirrors else "", classes) if part)
    href = f"{static('vendor/icons/sprite.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', names, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', names, href)


@register.simple_tag
def chip(state: object, text: str = "") -> SafeString:
    """A state as icon and word; ``text`` replaces the word."""
    look = look_of(state)
    return format_html(
        '<span class="q-chip q-tone-{}">{}<span>{}</span></span>',
        look.tone,
        icon(look.icon),
        text or look.word,
    )


@register.simple_tag
def number(value: float | None, decimals: int | None = None) -> SafeString:
    """See :func:`figures.number`."""
    return figures.number(value, decimals=decimals)


@register.simple_tag
def ratio(part: float, whole: float) -> SafeString:
    """See :func:`figures.ratio`."""
    return figures.ratio(part, whole)


@register.simple_tag
def phone(value: str | None) -> SafeString:
    """See :func:`figures.phone`."""
    return figures.phone(value)


@register.simple_tag
def when(value: datetime | None, exact: bool = False) -> SafeString:
    """See :func:`figures.moment`."""
    return figures.moment(value, exact=exact)


@register.simple_tag
def ago(value: datetime | None) -> SafeString:
    """See :func:`figures.ago`."""
    return figures.ago(value)


@register.inclusion_tag("ui/progress.html")
def progress(done: float, total: float, label: str = "", tone: str = "") -> dict[str, Any]:
    """A bar with its percentage beside it; an unknown total (0 or None) makes a bar that only says "at work"."""
    whole = total or 0
    return {
        "done": min(done, whole) if whole else None,
        "total": whole or 1,
        "percent": figures.percent(done, whole) if whole else None,
        "label": label or _("Progress"),
        "tone": tone,
    }


@register.inclusion_tag("ui/empty.html")
def empty(  # noqa: PLR0917 - a template names them
    kind: str,
    title: str = "",
    text: str = "",
    url: str = "",
    action: str = "",
    icon: str = "",
    sample_url: str = "",
    sample: str = "",
    request_id: str = "",
) -> dict[str, Any]:
    """A list with nothing in it.

    :param kind: ``first`` (what will be here and a button to begin), ``filtered`` (a button to clear the filters) or
        ``error`` (what went wrong, retry, a request id).
    """
    known = {
        "first": (_("Nothing here yet"), "", "inbox"),
        "filtered": (_("Nothing matches"), _("No entry fits these filters."), "filter"),
        "error": (
            _("This could not be loaded"),
            _("Nothing is lost. Try again; if it stays, tell your administrator the number below."),
            "alert-triangle",
        ),
    }
    its_title, its_text, its_icon = known[kind]
    labels = {"first": "", "filtered": _("Clear filters"), "error": _("Try again")}
    return {
        "kind": kind,
        "title": title or its_title,
        "text": text or its_text,
        "icon_name": icon or its_icon,
        "url": url or ("?" if kind != "first" else ""),
        "action": action or labels[kind],
        "action_icon": {"first": "plus", "error": "refresh"}.get(kind) or ("" if action else "x"),
        "sample_url": sample_url,
        "sample": sample,
        "request_id": request_id,
    }


@register.inclusion_tag("ui/bubble.html")
def bubble(
    text: str, at: datetime | None = None, state: object = None, incoming: bool = False
) -> dict[str, Any]:
    """A message as a phone shows it; its direction is its own."""
    return {"text": text, "at": at, "state": state, "incoming": incoming}


@register.inclusion_tag("ui/confirm.html", takes_context=True)
def confirm(  # noqa: PLR0917 - a template names them
    context: RequestContext,
    name: str,
    title: str,
    action: str,
    text: str = "",
    label: str = "",
    count: int = 0,
    fields: Mapping[str, object] | None = None,
    tone: str = "danger",
    ask: str = "",
) -> dict[str, Any]:
    """A dialog before something that cannot be taken back: a POST form.

    A button opens it: ``<a href="#NAME" data-dialog="NAME" …>`` (works without JavaScript too).

    :param count: how many it changes; above 1,000 the number has to be typed (``confirmed_count``; the server checks
        with :func:`qafila.web.ui.confirming.is_confirmed`).
    :param fields: hidden values of the form.
    :param ask: label of a text field ``reason``; none without.
    """
    return {
        "csrf_token": context.get("csrf_token"),
        "name": name,
        "title": title,
        "text": text,
        "action": action,
        "label": label or _("Confirm"),
        "count": count,
        "typed": count if count > TYPED_ABOVE else 0,
        "fields": [(key, str(value)) for key, value in (fields or {}).items()],
        "tone": tone,
        "ask": ask,
    }


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, hint: str = "", classes: str = "", label: str = "") -> dict[str, Any]:
    """A form field with its label (its own, or ``label`` instead), hint and errors, tied together for screen readers."""
    if label:
        bound.label = label
    widget = bound.field.widget
    checkbox = isinstance(widget, CheckboxInput)
    css = "form-check-input" if checkbox else "form-select" if isinstance(widget, Select) else "form-control"
    described = []
    hint = hint or str(bound.help_text or "")
    if hint:
        described.append(f"{bound.id_for_label}_hint")
    if bound.errors:
        described.append(f"{bound.id_for_label}_error")
    attributes: dict[str, Any] = {"class": f"{css} {'is-invalid' if bound.errors else ''} {classes}".strip()}
    attributes["class"] += f" {widget.attrs['class']}" if widget.attrs.get("class") else ""
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attributes),
        "hint": hint,
        "checkbox": checkbox,
        "hidden": bound.is_hidden,
        "grouped": getattr(widget, "use_fieldset", False),
    }


@register.inclusion_tag("ui/copy.html")
def copy(value: str, label: str = "") -> dict[str, Any]:
    """A value to copy, with a button that does; without JavaScript it is text that can be marked."""
    return {"value": value, "label": label or _("Copy")}


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: object) -> str:
    """This page's address with parameters changed; empty ones go. Changing anything but the page leads to page 1."""
    return addresses.changed(context["request"], changes)


@register.inclusion_tag("ui/undo.html", takes_context=True)
def undo(context: RequestContext) -> dict[str, Any]:
    """The bar of the last action that can be taken back, while it can."""
    request = context.get("request")
    return {"offer": undoing.pending(request) if request else None, "csrf_token": context.get("csrf_token")}


@register.filter
def percent_of(part: float, whole: float) -> int:
    """Whole per cent, rounded down."""
    return figures.percent(part, whole)


@register.filter
def may(current: Current, scope: str) -> bool:
    """Whether the person's role has a right: ``{% if current|may:"events:write" %}``."""
    return current.actor.may(scope)


@register.filter
def rounded(value: float) -> str:
    """A figure without decimals, as text."""
    return figures.grouped(value, decimals=0)


@register.filter
def grouped(value: float) -> str:
    """A figure as text, for titles and attributes."""
    return figures.grouped(value)
