"""The answer to a posted contract, the contract and its forecast say that lines are flattened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def test_the_warning_stands_where_a_caller_looks_before_the_start(
    call: Any, posted: Callable[..., dict[str, Any]]
) -> None:
    rows = [{"phoneNumber": "79991234567", "message": "Hello\nthere"}]
    made = posted(rows=rows, template={"name": "t", "language": "en"})
    contract = call.get(f"/api/contracts/{made['id']}").json()
    forecast = call.get(f"/api/contracts/{made['id']}/forecast").json()
    for said in (made, contract, forecast):
        (warning,) = said["warnings"]
        assert (warning["code"], warning["count"], warning["rows"]) == ("line_breaks_flattened", 1, [[1]])
        assert warning["message"] == "1 text will arrive on one line."
