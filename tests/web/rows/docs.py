"""The way to the API's documentation."""

from __future__ import annotations

from tests.web.pages import Row

ROWS = {"docs:index": Row()}
