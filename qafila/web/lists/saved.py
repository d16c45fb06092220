"""Saved views: a list's filters, search and sort under a name, for one person in one business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from qafila.web.lists.filters import clean
from qafila.web.models import SavedView

if TYPE_CHECKING:
    from qafila.web.lists.page import ListPage

MOST_VIEWS = 50
LONGEST_NAME = 60
_NOT_KEPT = ("page", "format")


def of(page: ListPage) -> list[SavedView]:
    """The person's views of this list, by name."""
    return list(_mine(page).order_by("name", "pk")[:MOST_VIEWS])


def change(page: ListPage) -> HttpResponseBase:
    """Saves the present view under a name (over one of that name), or deletes one."""
    posted = page.request.POST
    gone = posted.get("delete_view", "")
    if gone:
        if gone.isascii() and gone.isdecimal() and len(gone) < 19:
            _mine(page).filter(pk=int(gone)).delete()
        messages.success(page.request, _("The view was deleted."))
        return HttpResponseRedirect(page.request.path)
    name = clean(posted.get("save_view", ""))[:LONGEST_NAME]
    if not name:
        messages.warning(page.request, _("Give the view a name first."))
    elif _mine(page).count() >= MOST_VIEWS and not _mine(page).filter(name=name).exists():
        messages.warning(page.request, _("There are too many saved views. Delete one first."))
    else:
        SavedView.objects.update_or_create(
            business=page.current.business,
            user=page.current.user,
            path=page.request.path,
            name=name,
            defaults={"query": _kept(page)},
        )
        messages.success(page.request, _("The view was saved."))
    return HttpResponseRedirect(page.request.get_full_path())


def _mine(page: ListPage) -> QuerySet[SavedView]:
    return SavedView.objects.filter(
        business=page.current.business, user=page.current.user, path=page.request.path
    )


def _kept(page: ListPage) -> str:
    """Only parameters that the list knows."""
    known = {name for one in page.filters for name in one.parameters()} | {"q", "sort", "size"}
    kept = QueryDict(mutable=True)
    for name in page.request.GET:
        if name in known and name not in _NOT_KEPT:
            kept.setlist(name, page.request.GET.getlist(name))
    return kept.urlencode()[:2000]
