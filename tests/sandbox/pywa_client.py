"""pywa, a client that is not ours, pointed at a sandbox, and a small server that feeds its handlers."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from pywa import WhatsApp

from tests.sandbox.receiving import SECRET, Receiver
from tests.sandbox.running import PHONE, TOKEN, WABA, Running

VERIFY = "sandbox-verify-token"
PORTFOLIO = "100100100100100"


def client_of(box: Running, **more: Any) -> WhatsApp:
    """pywa talking to a sandbox."""
    wa = WhatsApp(
        phone_id=PHONE,
        token=TOKEN,
        session=httpx.Client(trust_env=False),
        waba_id=WABA,
        business_portfolio_id=PORTFOLIO,
        verify_token=VERIFY,
        app_secret=SECRET,
        filter_updates=False,
        skip_duplicate_updates=False,
        **more,
    )
    wa.api._session.base_url = httpx.URL(box.url + "/v26.0")
    return wa


class Complaints(logging.Handler):
    """What pywa logs from WARNING on: an update it could not take apart is one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        exception = record.exc_info[1] if record.exc_info else None
        self.lines.append(f"{record.getMessage()} {exception!r}")


@contextmanager
def listening(wa: WhatsApp) -> Iterator[tuple[Receiver, list[Any], Complaints]]:
    """A server that hands every webhook to pywa: the posts, the updates pywa made of them, and its complaints."""
    updates: list[Any] = []
    complaints = Complaints()
    for handler_type in wa._handlers_to_updates:
        wa.add_handlers(handler_type(lambda _, update: updates.append(update)))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            text, status = wa.webhook_challenge_handler(
                query["hub.verify_token"][0], query["hub.challenge"][0]
            )
            self.answer(status, str(text).encode())

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            refused = wa.webhook_update_validator(raw, self.headers["x-hub-signature-256"])
            text, status = refused or wa.webhook_update_handler(raw)
            with mine.changed:
                mine.posts.append(({}, raw))
                mine.changed.notify_all()
            self.answer(status, text.encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    mine = Receiver(f"http://127.0.0.1:{server.server_port}/", server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    logging.getLogger("pywa").addHandler(complaints)
    try:
        yield mine, updates, complaints
    finally:
        logging.getLogger("pywa").removeHandler(complaints)
        server.shutdown()
        server.server_close()


def fields_of(mine: Receiver) -> list[str]:
    """The field of every change that came."""
    return [
        change["field"]
        for _, raw in mine.posts
        for entry in json.loads(raw)["entry"]
        for change in entry["changes"]
    ]
