"""Every address the web process answers, except ``/webhooks/`` (``intake/``, in front of Django)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
