"""Promises 20, 21, 22, 24, 25 in full numbers, through the real web process and a real worker.

Each attack goes over a few kept connections at once and is answered; then everything stored is handled by the worker; then
the tables and the logs of both processes are looked at.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from chaos import malformed
from chaos.firing import Answers, Shot, fire
from chaos.house import Shop
from chaos.stage import Stage, utc_now, wait_for

REPLAYS = 1_000
UNKNOWN = 50


class Attacks:
    """All of them, against one business; a stranger's account with another secret stands beside it."""

    def __init__(self, stage: Stage, shop: Shop) -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor
        from qafila.senders import actions as senders

        self.stage = stage
        self.shop = shop
        self.secret = stage.get("/admin/state")["app"]["secret"]
        self.path = f"/webhooks/{shop.account.public_id}"
        self.ref = shop.sender.ref
        now = utc_now()
        other = businesses.create_business(name="Stranger", now=now)
        senders.create_provider_account(
            business=other,
            kind="cloud_api",
            name="Theirs",
            base_url="http://127.0.0.1:9",
            ref="1",
            token="t",
            app_secret="their-secret",
            verify_token="v",
            allow_private_network=True,
            actor=system_actor(other),
            now=now,
        )

    def shot(self, body: bytes, *, secret: str = "", content_type: str = malformed.RIGHT) -> Shot:
        """A signed one."""
        from qafila.providers.signatures import sign

        return Shot(body, sign(body, secret or self.secret), self.path, content_type)

    def garbage(self, seed: int, count: int) -> dict[str, Any]:
        """20: malformed bodies, rightly signed (the others are refused unread): stored, answered, done with."""
        given = malformed.malformed(random.Random(seed), self.ref, count)
        shots = (self.shot(one.body, content_type=_header(one.content_type)) for one in given)
        answers = fire(self.stage.web_port, shots)
        handled = self._handled()
        bad = answers.faults + self._tracebacks() + handled["troubled"]
        return {"sent": count, **_said(answers), **handled, "good": not bad}

    def flips(self, seed: int, count: int) -> dict[str, Any]:
        """21: one bit of body or signature is another; the stranger's secret; a secret that was ended."""
        from qafila.businesses.actor import system_actor
        from qafila.senders import actions

        rng = random.Random(seed)
        self._change_secret(actions, system_actor(self.shop.business))
        before = _raws()
        answers = fire(self.stage.web_port, self._flipped(rng, count))
        stored = _raws() - before
        refused = answers.statuses[403] + answers.statuses[404]
        return {
            "sent": count,
            **_said(answers),
            "stored": stored,
            "good": not stored and refused == count and not self._tracebacks(),
        }

    def _change_secret(self, actions: Any, actor: Any) -> None:
        """A new secret, the former one ended at once; the sandbox signs with the new one from now on."""
        self.former, self.secret = self.secret, uuid.uuid4().hex
        actions.change_secrets(
            account=self.shop.account, app_secret=self.secret, end_former=True, actor=actor, now=utc_now()
        )
        self.stage.send("PUT", "/admin/webhook", {"secret": self.secret})
        probe = self.shot(b"{}", secret=self.former)
        wait_for("the old secret to be over", lambda: fire(self.stage.web_port, [probe]).statuses[403])

    def _flipped(self, rng: random.Random, count: int) -> Iterator[Shot]:
        for place in range(count):
            body = orjson.dumps(malformed.receipt(self.ref, place))
            if place % 10 == 8:
                yield self.shot(body, secret="their-secret")
            elif place % 10 == 9:
                yield self.shot(body, secret=self.former)
            else:
                right = self.shot(body)
                flipped, signature = malformed.flipped(rng, right.body, right.signature)
                # A header cannot hold every character; what http.client refuses to send is no attack.
                yield Shot(flipped, signature if _can_be_sent(signature) else "sha256=", self.path)

    def replays(self, seed: int, count: int) -> dict[str, Any]:
        """22: the same signed bodies again and again."""
        bodies = [
            orjson.dumps(malformed.said(self.ref, 900_000 + seed, "STOP")),
            orjson.dumps(malformed.said(self.ref, 910_000 + seed, "Hello")),
            orjson.dumps(malformed.receipt(self.ref, 920_000 + seed)),
            orjson.dumps(malformed.envelope("account_update", {"event": "ACCOUNT_VIOLATION", "n": seed})),
            orjson.dumps(malformed.envelope(f"invented_{seed}", {})),
        ]
        once = fire(self.stage.web_port, [self.shot(body) for body in bodies])
        self._handled(receipts=True)
        effects = _effects()
        answers = fire(self.stage.web_port, (self.shot(body) for _ in range(count) for body in bodies))
        handled = self._handled(receipts=True)
        new = {table: n - effects[table] for table, n in _effects().items() if n != effects[table]}
        good = not new and once.statuses[200] == len(bodies) and answers.statuses[200] == count * len(bodies)
        return {"sent": count * len(bodies), **_said(answers), **handled, "new_effects": new, "good": good}

    def unknown(self, seed: int, count: int = UNKNOWN) -> dict[str, Any]:
        """24: invented events are kept and counted."""
        before = _effects()["receiving_providerevent"]
        bodies = [orjson.dumps(malformed.envelope(f"new_{seed}_{n}", {"n": n})) for n in range(count)]
        answers = fire(self.stage.web_port, [self.shot(body) for body in bodies])
        handled = self._handled()
        kept = _effects()["receiving_providerevent"] - before
        return {
            "sent": count,
            **_said(answers),
            **handled,
            "kept": kept,
            "good": kept == count == answers.statuses[200],
        }

    def partly_good(self, seed: int, items: int = 1_000, bad: int = 10) -> dict[str, Any]:
        """25: bad items among a thousand."""
        from qafila.ledger.models import Message
        from qafila.receiving.models import ProviderEvent

        rng = random.Random(seed)
        body = malformed.said(self.ref, 0)
        value = body["entry"][0]["changes"][0]["value"]
        first = 1_000_000 + seed * items
        value["messages"] = [_message(self.ref, first + n) for n in range(items)]
        for n, place in enumerate(rng.sample(range(items), bad)):
            value["messages"][place] = {"id": f"bad.{seed}.{n}", "from": rng.choice((None, 7, {}, []))}
        before = Message.objects.count(), ProviderEvent.objects.exclude(reason="").count()
        answers = fire(self.stage.web_port, [self.shot(orjson.dumps(body))])
        handled = self._handled()
        processed = Message.objects.count() - before[0]
        put_aside = ProviderEvent.objects.exclude(reason="").count() - before[1]
        good = (processed, put_aside) == (items - bad, bad) and answers.statuses[200] == 1
        return {
            "sent": 1,
            **_said(answers),
            **handled,
            "processed": processed,
            "put_aside": put_aside,
            "good": good,
        }

    def _handled(self, *, receipts: bool = False) -> dict[str, int]:
        """Waits until the worker is done with everything stored. ``receipts``: with those of unknown messages, too."""
        from qafila.receiving.models import RawWebhook, WaitingReceipt

        def over() -> bool:
            if RawWebhook.objects.filter(handled_at=None).exists():
                return False
            # A receipt of nobody's message is tried again for minutes; here all of that is now.
            return not (receipts and WaitingReceipt.objects.update(due_at=utc_now()))

        wait_for("the worker", over, every=0.1, seconds=900)
        return {
            "stored": RawWebhook.objects.count(),
            "troubled": RawWebhook.objects.filter(attempts__gt=0).count(),
        }

    def _tracebacks(self) -> int:
        """In the logs of web and worker."""
        logs = [self.stage.folder / name for name in ("web.log", "worker0.log")]
        return sum(log.read_text(errors="replace").count("Traceback") for log in logs if log.exists())


def one_run(stage: Stage, shop: Shop, *, seed: int, count: int) -> list[dict[str, Any]]:
    """Every attack once; a line for each."""
    attacks = Attacks(stage, shop)
    programs: Sequence[tuple[str, Any]] = (
        ("garbage", lambda: attacks.garbage(seed, count)),
        ("flips", lambda: attacks.flips(seed, count)),
        ("replays", lambda: attacks.replays(seed, max(1, count * REPLAYS // 10_000))),
        ("unknown", lambda: attacks.unknown(seed)),
        ("partly_good", lambda: attacks.partly_good(seed)),
    )
    return [{"attack": name, "seed": seed, **run()} for name, run in programs]


def _message(ref: str, place: int) -> dict[str, Any]:
    message: dict[str, Any] = malformed.said(ref, place)["entry"][0]["changes"][0]["value"]["messages"][0]
    return message


def _said(answers: Answers) -> dict[str, Any]:
    return {
        "statuses": {str(status): n for status, n in sorted(answers.statuses.items())},
        "p50_ms": answers.at(0.5),
        "p99_ms": answers.at(0.99),
        "longest_ms": answers.at(1.0),
    }


def _header(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _can_be_sent(text: str) -> bool:
    return text.isprintable() and text == text.strip()


def _raws() -> int:
    from qafila.receiving.models import RawWebhook

    return RawWebhook.objects.count()


def _effects() -> dict[str, int]:
    """How many rows there are of whatever a webhook may cause."""
    from django.db import connection

    tables = (
        "ledger_message",
        "contacts_contact",
        "contacts_optout",
        "receiving_providerevent",
        "events_event",
    )
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found
