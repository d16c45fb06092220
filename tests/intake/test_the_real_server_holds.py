"""The same promises through uvicorn: bodies that lie about their length, oversized ones, the check of the address, floods."""

from __future__ import annotations

import uuid
from pathlib import Path

import orjson
import pytest

from qafila.providers.signatures import sign
from qafila.receiving.models import RawWebhook
from qafila.senders.models import ProviderAccount
from tests.intake import server

pytestmark = [pytest.mark.django_db(transaction=True)]

LARGE = 5 * 1024 * 1024


def signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": sign(body, "test-app-secret")}


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def status(answer: bytes) -> int:
    return int(answer[9:12]) if answer else 0


def test_bodies_and_lengths_of_every_sort(
    dsn: str, provider_account: ProviderAccount, tmp_path: Path
) -> None:
    path = f"/webhooks/{provider_account.public_id}"
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": []})
    large = b"x" * LARGE
    endless = {"Transfer-Encoding": "chunked"}

    def post(headers: dict[str, str], sent: bytes, to: str = path) -> int:
        return status(server.raw(port, server.request("POST", to, headers, sent)))

    with server.web_process(dsn, tmp_path / "web.log") as port:
        whole = {**signed(body), "Content-Length": str(len(body))}
        assert post(whole, body) == 200
        assert post({**signed(body), **endless}, chunked(body[:5], body[5:])) == 200
        assert post({**signed(body), **endless}, chunked(*(bytes([byte]) for byte in body))) == 200
        assert RawWebhook.objects.count() == 3
        # a length that is too short, too long, no number, negative, twice, and beside chunks
        assert post({**whole, "Content-Length": "5"}, body) == 403
        assert status(
            server.raw(
                port, server.request("POST", path, {**whole, "Content-Length": "999"}, body), hang_up=True
            )
        ) in (0, 408)
        for wrong in ("x", "-1", "1e3", "٣", "9" * 30):
            assert post({**whole, "Content-Length": wrong.encode().decode("latin-1")}, body) in (400, 413)
        twice = server.request("POST", path, {**whole, "content-Length": "3"}, body)
        assert status(server.raw(port, twice)) == 400
        assert post({**whole, **endless}, chunked(body)) == 400
        # too large: refused in words, however it comes
        assert post({**signed(large), "Content-Length": str(LARGE)}, large) == 413
        assert post({**signed(large), **endless}, chunked(large[: LARGE // 2], large[LARGE // 2 :])) == 413
        expecting = {**signed(large), "Content-Length": str(LARGE), "Expect": "100-continue"}
        assert post(expecting, b"") == 413
        # nobody lives there: the body is not waited for
        assert post({"Content-Length": str(LARGE)}, b"", f"/webhooks/{uuid.uuid4()}") == 404
        assert post(endless, b"", f"/webhooks/{uuid.uuid4()}") == 404
        assert RawWebhook.objects.count() == 3
        # the check of the address
        query = "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=test-verify-token"
        answer = server.raw(port, server.request("GET", path + query, {}))
        assert (status(answer), answer.rpartition(b"\r\n")[2]) == (200, b"1158201444")
        assert status(server.raw(port, server.request("GET", path + query + "x", {}))) == 403
    logged = (tmp_path / "web.log").read_text()
    assert "Traceback" not in logged
    assert "test-app-secret" not in logged
