"""The Cloud API provider together with the fake behind it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from qafila.kit.http import Door
from qafila.providers import signatures
from qafila.providers.cloud_api import CloudApi
from qafila.providers.interface import Credentials, Failure
from tests.kit.raw_server import unanswering_port, unused_port
from tests.providers.conformance import ADDRESS, APP_SECRET, TEXT, TOKEN, VERIFY_TOKEN, Accident
from tests.providers.fake_cloud import CODE_OF, FakeCloud, error

SENDER = "106540352242922"
TESTDATA = Path(__file__).parent / "testdata"


class CloudSide:
    """Implements what the common suite asks for."""

    says = frozenset(Failure)
    receipt_says = Failure.RECIPIENT
    attempts = ("attempt-1", "attempt-2")
    inbound_id = "wamid.IN1"
    signs_body = True
    over_http = True
    reads = True

    def __init__(self, cloud: FakeCloud, door: Door, stack: contextlib.ExitStack) -> None:
        self.cloud = cloud
        self.stack = stack
        self.provider = CloudApi(way=lambda _: door, timeout=0.8)
        self.credentials = self.at(cloud.server.port)

    def at(self, port: int) -> Credentials:
        return Credentials(
            base_url=f"http://127.0.0.1:{port}/v23.0",
            token=TOKEN,
            sender_ref=SENDER,
            account_ref="102290129340398",
            app_secret=APP_SECRET,
            verify_token=VERIFY_TOKEN,
        )

    def refuse(self, failure: Failure) -> None:
        code, title, status = CODE_OF[failure]
        quoted = f"quoting {TOKEN} to {ADDRESS}: {TEXT}"
        self.cloud.say(error(code, f"{title} {quoted}", status, details=quoted, error_user_msg=quoted))

    def suffer(self, accident: Accident) -> None:
        if accident is Accident.NO_CONNECTION:
            self.credentials = self.at(unused_port())
        elif accident is Accident.NO_ANSWER_TO_CONNECT:
            self.credentials = self.at(self.stack.enter_context(unanswering_port()))
        self.cloud.accident = accident

    def arrived(self) -> int:
        return sum(b'"read"' not in one.body and one.method == "POST" for one in self.cloud.received)

    def webhooks(self) -> list[bytes]:
        return [self.webhook()]

    def webhook(self) -> bytes:
        whole = load("status_delivered")
        value = whole["entry"][0]["changes"][0]["value"]
        value["statuses"] += load("status_failed_131026")["entry"][0]["changes"][0]["value"]["statuses"]
        value["statuses"][1]["biz_opaque_callback_data"] = "attempt-2"
        text = load("inbound_text")["entry"][0]["changes"]
        text[0]["value"]["messages"][0]["text"]["body"] = "Hello"
        whole["entry"][0]["changes"] += text
        return json.dumps(whole).encode()

    def more_webhooks(self) -> list[tuple[str, bytes]]:
        """All that were recorded; what comes of each is in this folder's own tests."""
        listed = (path for path in sorted(TESTDATA.glob("*.json")) if "status_failed_131" not in path.name)
        return [("", json.dumps(json.loads(path.read_bytes())).encode()) for path in listed]

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {"X-Hub-Signature-256": signatures.sign(body, secret)}


def load(name: str) -> dict[str, Any]:
    """One recorded webhook."""
    found: dict[str, Any] = json.loads((TESTDATA / f"{name}.json").read_bytes())
    return found


@contextlib.asynccontextmanager
async def cloud_side() -> AsyncIterator[CloudSide]:
    """A fresh fake, door and provider."""
    with contextlib.ExitStack() as stack:
        door = Door(allowed_networks=("127.0.0.0/8",), connect_seconds=0.2, body_limit=1 << 20)
        async with FakeCloud() as cloud, door:
            yield CloudSide(cloud, door, stack)
