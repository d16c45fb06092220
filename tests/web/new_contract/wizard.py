"""The steps of a new contract, as the tests of its pages take them."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

TEMPLATE = {"name": "order_update", "language": "en", "variable": None}


def sheet(rows: list[list[object]]) -> bytes:
    from qafila.kit.tables import write_xlsx

    out = io.BytesIO()
    write_xlsx([str(cell) for cell in rows[0]], rows[1:], out, rtl=False)
    return out.getvalue()


def upload(client: Client, content: bytes, name: str = "people.xlsx") -> str:
    answer = client.post("/campaigns/new/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return str(answer["Location"]).removesuffix("/map")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def one_works() -> None:
    """A worker, seen just now."""
    from qafila.dispatch.models import Worker

    now = timezone.now()
    Worker.objects.create(host="here", pid=1, version="0", started_at=now, seen_at=now)


PEOPLE: list[list[object]] = [
    ["Name", "Phone"],
    *([f"Person {n}", f"+7916123{n:04d}"] for n in range(10)),
    ["Short", "12"],
    ["", "+79161239999"],
]
