"""How quick the pages are at 1,000,000 messages and 200,000 contacts, and how much slower than at a hundredth of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.parts import database, now, steal_seconds

MESSAGES, PEOPLE = 1_000_000, 200_000
TIMES = 12
AIM_MS, AIM_RATIO = 300.0, 2.0


def run(folder: Path, *, messages: int = MESSAGES, people: int = PEOPLE) -> dict[str, Any]:
    """p95 in milliseconds of each page, on the server: view, queries and template, without the network."""
    stolen = steal_seconds()
    with database(folder):
        house = House()
        house.fill(messages // 100, people // 100)
        small = house.times()
        house.fill(messages - messages // 100, people - people // 100)
        large = house.times()
    pages = {
        name: {"small_ms": small[name], "large_ms": ms, "ratio": round(ms / small[name], 2)}
        for name, ms in large.items()
    }
    return {
        "messages": messages,
        "people": people,
        "pages": pages,
        "slowest_ms": max(large.values()),
        "aim_ms": AIM_MS,
        "past_the_ratio": sorted(n for n, p in pages.items() if p["ratio"] > AIM_RATIO),
        "aim_ratio": AIM_RATIO,
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


class House:
    """A business with an owner who looks at its pages."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.test import Client
        from django.test.utils import setup_test_environment

        from qafila.businesses.actions import create_business, create_owner
        from qafila.businesses.actor import system_actor
        from qafila.senders.actions import create_provider_account, create_sender

        setup_test_environment()
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        self.business = create_business(
            name="Bench", timezone="Africa/Cairo", default_country="EG", now=now()
        )
        actor = system_actor(self.business)
        account = create_provider_account(
            business=self.business,
            kind="cloud_api",
            name="Meta",
            base_url="http://127.0.0.1:9/v23.0",
            ref="1",
            token="EAAG-bench",
            app_secret="bench-app-secret",
            verify_token="bench",
            actor=actor,
            now=now(),
        )
        self.senders = [
            create_sender(
                business=self.business,
                name=f"Number {n}",
                phone=f"+2012000000{n:02d}",
                provider_account=account,
                ref=f"20{n}",
                actor=actor,
                now=now(),
            )
            for n in range(10)
        ]
        user = create_owner(
            business=self.business,
            email="o@example.com",
            password="a long pass phrase 7",
            name="O",
            now=now(),
        )
        self.client = Client()
        self.client.force_login(user)
        session = self.client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        self.people = 0
        self.largest: Any = None

    def fill(self, messages: int, people: int) -> None:
        """Contracts of every age and state: a long one over midnight, a large one of today, finished and paused ones."""
        from qafila.ledger.states import BatchState, State

        self._people(people)
        hour, at = timedelta(hours=1), now()
        midnight = at.astimezone(_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
        out = {
            State.READ: 50.0,
            State.DELIVERED: 40.0,
            State.SENT: 4.0,
            State.FAILED: 4.0,
            State.SKIPPED: 1.9,
        }
        going = {**out, State.QUEUED: 40.0, State.SENDING: 0.01, State.UNCERTAIN: 0.05}
        shares = [
            (0.30, going, midnight - 6 * hour, at, BatchState.FLOWING),
            (0.20, going, midnight + (at - midnight) / 3, at, BatchState.FLOWING),
            (0.10, out, at - 80 * hour, at - 70 * hour, BatchState.FINISHED),
            (0.10, {State.QUEUED: 1.0}, at - 30 * hour, at, BatchState.PAUSED),
            *[
                (0.30 / 20, out, at - (200 + n) * hour, at - (199 + n) * hour, BatchState.FINISHED)
                for n in range(20)
            ],
        ]
        for n, (share, states, begin, end, state) in enumerate(shares):
            made = self._contract(n, round(messages * share), states, (begin, end), state)
            if n == 0:
                self.largest = made
        self._samples(at)
        self._sql("VACUUM ANALYZE")

    def times(self) -> dict[str, float]:
        """p95 of each page in milliseconds."""
        from django.utils import timezone

        found = {}
        with timezone.override("UTC"):
            for name, address in self.pages():
                taken = []
                for _ in range(TIMES):
                    begin = time.perf_counter()
                    answer = self.client.get(address)
                    taken.append((time.perf_counter() - begin) * 1000)
                    if answer.status_code != 200:
                        raise SystemExit(f"{address} answered {answer.status_code}")
                found[name] = round(sorted(taken)[int(len(taken) * 0.95) - 1], 1)
        return found

    def pages(self) -> Iterator[tuple[str, str]]:
        """What is looked at."""
        from qafila.ledger.models import Message
        from qafila.ledger.states import State

        today = now().astimezone(_zone()).date().isoformat()
        contract, batch = self.largest.public_id, self.largest.batch_id
        yield "dashboard", "/"
        yield "dashboard, refreshed", "/dashboard/part"
        yield "dashboard chart", "/dashboard/pace.json"
        yield "dashboard chart of a day", "/dashboard/pace.json?minutes=1440"
        yield "contracts", "/campaigns/"
        yield "contracts, running", "/campaigns/?status=in_progress"
        yield "contracts, searched", "/campaigns/?q=contract+1"
        yield "contract", f"/campaigns/{contract}"
        yield "contract, refreshed", f"/campaigns/{contract}/part"
        yield "contract chart", f"/campaigns/{contract}/course.json"
        yield "messages", "/messages/"
        for state in State:
            yield f"messages, {state.word}", f"/messages/?state={state.word}"
            yield f"contract's messages, {state.word}", f"/messages/?state={state.word}&campaign={contract}"
        yield "messages, oldest waiting", "/messages/?state=queued&sort=id"
        yield "messages, a late page", "/messages/?page=400"
        yield "messages, the last page there is", "/messages/?page=2000"
        yield "messages sent today", f"/messages/?reached=out&at_from={today}"
        yield "messages failed today", f"/messages/?state=failed&at_from={today}"
        yield (
            "contract's messages, one reason",
            f"/messages/?campaign={contract}&state=failed&reason=cloud_api.131026",
        )
        yield "messages, one reason", "/messages/?state=failed&reason=cloud_api.131026"
        yield "messages of a number", f"/messages/?sender={self.senders[3].public_id}&state=read"
        yield "messages of some days", "/messages/?at_from=2020-01-01&at_to=2099-01-01"
        yield "messages of a person", "/messages/?q=%2B201000000777"
        story = Message.objects.filter(batch_id=batch, state=State.READ).first()
        if story is not None:
            yield "one message", f"/messages/{story.pk}"
        waiting = Message.objects.filter(batch_id=batch, state=State.QUEUED).first()
        if waiting is not None:
            yield "one waiting message", f"/messages/{waiting.pk}"

    def _people(self, people: int) -> None:
        values = [self.business.pk, self.people, self.people + people - 1]
        self._sql(
            "WITH made AS (INSERT INTO contacts_contact (public_id, business_id, name, language, created_at)"
            " SELECT gen_random_uuid(), %s, CASE WHEN n %% 2 = 0 THEN 'Person ' || n ELSE '' END, '', now()"
            " FROM generate_series(%s::bigint, %s::bigint) n RETURNING id, business_id)"
            " INSERT INTO contacts_identity (business_id, contact_id, kind, value)"
            " SELECT business_id, id, 'phone', '2010' || lpad((id)::text, 8, '0') FROM made",
            values,
        )
        self.people += people

    def _contract(self, n: int, count: int, shares: Any, span: tuple[Any, Any], state: Any) -> Any:
        from bench.seeding import fill
        from qafila.campaigns.models import Campaign
        from qafila.kit.ids import new_public_id

        sender = self.senders[n % len(self.senders)]
        batch = fill(
            business_id=self.business.pk,
            sender_id=sender.pk,
            count=count,
            shares=shares,
            begin=span[0],
            end=span[1],
            people=self.people,
            state=state,
        )
        return Campaign.objects.create(
            public_id=new_public_id("contract"),
            business=self.business,
            kind="contract",
            name=f"Contract {n}",
            sender=sender,
            batch=batch,
            total_count=batch.total,
            created_at=batch.created_at,
        )

    def _samples(self, at: Any) -> None:
        """A day of minutes, as a worker would have noted them."""
        from qafila.ledger import samples

        for minute in range(0, 1440, 60 if self.people < 10_000 else 5):
            samples.take(now=at - timedelta(minutes=1440 - minute))

    def _sql(self, sql: str, parameters: list[Any] | None = None) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)


def _zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Africa/Cairo")
