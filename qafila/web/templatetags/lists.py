"""Links of a list: ``{% load lists %}``; used by the templates in ``web/lists/``."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qafila.web.lists.columns import Column
from qafila.web.lists.filters import Filter
from qafila.web.ui import addresses, figures

register = template.Library()


@register.simple_tag(takes_context=True)
def list_link(context: RequestContext, key: str, value: str) -> str:
    """The list with one filter set ("" for none)."""
    return addresses.changed(context["request"], {key: value})


@register.simple_tag(takes_context=True)
def list_unlink(context: RequestContext, one: Filter) -> str:
    """The list without one filter."""
    return addresses.changed(context["request"], dict.fromkeys(one.parameters()))


@register.simple_tag(takes_context=True)
def list_known(context: RequestContext) -> str:
    """The list without the parameters that it does not have."""
    return addresses.changed(context["request"], dict.fromkeys(context["query"].unknown))


@register.simple_tag(takes_context=True)
def list_sort(context: RequestContext, column: Column) -> str:
    """The list sorted by a column; the other way round if it is already."""
    query = context["query"]
    turned = column.key == query.sort and not query.descending
    return addresses.changed(context["request"], {"sort": f"-{column.key}" if turned else column.key})


@register.simple_tag(takes_context=True)
def list_page(context: RequestContext, page: int, step: int) -> str:
    """Another page of the list."""
    there = page + step
    return addresses.changed(context["request"], {"page": there if there > 1 else None})


@register.simple_tag
def tab_count(counts: Mapping[str, int], value: str) -> SafeString:
    """The figure beside a tab."""
    found = counts.get(value)
    if found is None:
        return SafeString("")
    return format_html('<bdi dir="ltr" class="q-num q-tab-count">{}</bdi>', figures.grouped(found))


@register.simple_tag
def ratio_of(first: int, last: int, total: int) -> SafeString:
    """``1–25 of 1,234``."""
    shown = format_html(
        '<bdi dir="ltr" class="q-num">{}–{}</bdi>', figures.grouped(first), figures.grouped(last)
    )
    return format_html(_("{range} of {total}"), range=shown, total=figures.number(total))
