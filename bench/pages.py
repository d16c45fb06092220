"""How quick the pages are at 1,000,000 messages and 200,000 contacts, and how much slower than at a hundredth of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from bench.page_addresses import addresses
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
        house.warm()
        small = house.times()
        house.fill(messages - messages // 100, people - people // 100)
        large = house.times()
    pages = {
        name: {
            "small_ms": small[name].p95,
            "large_ms": one.p95,
            "ratio": round(one.p95 / small[name].p95, 2),
            "small_cpu_ms": small[name].cpu,
            "large_cpu_ms": one.cpu,
            "cpu_ratio": round(one.cpu / small[name].cpu, 2),
            "large_first_ms": one.first,
        }
        for name, one in large.items()
    }
    return {
        "messages": messages,
        "people": people,
        "pages": pages,
        "slowest_ms": max(one.p95 for one in large.values()),
        "slowest_cpu_ms": max(one.cpu for one in large.values()),
        "aim_ms": AIM_MS,
        "past_the_ratio": sorted(n for n, p in pages.items() if p["ratio"] > AIM_RATIO),
        "past_the_ratio_in_cpu": sorted(n for n, p in pages.items() if p["cpu_ratio"] > AIM_RATIO),
        "aim_ratio": AIM_RATIO,
        "load_average": round(psutil.getloadavg()[1], 1),
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds a page takes: p95 and the first look by the clock, and the mean of what the web process and its
    database connection computed, which other work on the machine does not lengthen."""

    p95: float
    first: float
    cpu: float


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
            allow_private_network=True,
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
        self._told(messages // 20)
        hour, at = timedelta(hours=1), now()
        midnight = at.astimezone(_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
        out = {
            State.READ: 50.0,
            State.DELIVERED: 40.0,
            State.SENT: 4.0,
            State.FAILED: 4.0,
            State.SKIPPED: 1.9,
        }
        going = {**out, State.QUEUED: 40.0}
        # What is in the air or unclear at once does not grow with the contract: a page of it is as full at each size.
        few = {State.SENDING: 40, State.UNCERTAIN: 60}
        shares = [
            (0.25, going, midnight - 6 * hour, at, BatchState.FLOWING),
            (0.25, going, midnight + (at - midnight) / 3, at, BatchState.FLOWING),
            (0.10, out, at - 80 * hour, at - 70 * hour, BatchState.FINISHED),
            (0.10, {State.QUEUED: 1.0}, at - 30 * hour, at, BatchState.PAUSED),
            *[
                (0.30 / 40, out, at - (200 + n) * hour, at - (199 + n) * hour, BatchState.FINISHED)
                for n in range(40)
            ],
        ]
        for n, (share, weights, begin, end, state) in enumerate(shares):
            count = round(messages * share)
            part = sum(weights.values()) / count
            always = {one: part * rows for one, rows in few.items()} if weights is going else {}
            made = self._contract(n, count, weights | always, (begin, end), state)
            if n == 0:
                self.largest = made
        self._samples(at)
        self._sql("VACUUM ANALYZE")

    def warm(self) -> None:
        """Templates are read and compiled once a process, not once a page."""
        for _, address in addresses(self):
            self.client.get(address)

    def times(self) -> dict[str, Taken]:
        """Of each page."""
        from django.db import connection
        from django.utils import timezone

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = psutil.Process(cursor.fetchone()[0])
        found = {}
        with timezone.override("UTC"):
            for name, address in addresses(self):
                taken, before = [], _computed(backend)
                for _ in range(TIMES):
                    begin = time.perf_counter()
                    answer = self.client.get(address)
                    taken.append((time.perf_counter() - begin) * 1000)
                    if answer.status_code != 200:
                        raise SystemExit(f"{address} answered {answer.status_code}")
                cpu = (_computed(backend) - before) * 1000 / TIMES
                p95 = sorted(taken)[int(len(taken) * 0.95) - 1]
                found[name] = Taken(round(p95, 1), round(taken[0], 1), round(cpu, 1))
        return found

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

    def _told(self, entries: int) -> None:
        """Lines of the audit log about contracts, and alerts, some of them open."""
        business = self.business.pk
        self._sql(
            "INSERT INTO businesses_auditentry (business_id, at, actor_kind, actor_id, action, subject_kind, subject_id,"
            " detail) SELECT %s, now() - interval '9 days' + n * interval '1 second', 'command', '', 'contract.started',"
            " 'contract', 'contract_' || n %% 500, '{}' FROM generate_series(1, %s::int) n",
            [business, entries],
        )
        self._sql(
            "INSERT INTO alerts_alert (public_id, business_id, level, code, params, subject_kind, subject_id, opened_at,"
            " last_at, count, closed_at) SELECT gen_random_uuid(), %s, 'warning', 'sender_stopped',"
            ' \'{"sender": "Number", "reason": "sender_paused"}\', \'sender\','
            " (SELECT public_id::text FROM senders_sender ORDER BY id OFFSET n %% 10 LIMIT 1),"
            " now() - n * interval '1 minute', now() - n * interval '1 minute', 1, now() FROM generate_series(1, %s::int) n",
            [business, entries // 10],
        )

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


def _computed(backend: psutil.Process) -> float:
    """Seconds of CPU that this process and its database connection have used."""
    theirs = backend.cpu_times()
    return time.process_time() + theirs.user + theirs.system


def _zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Africa/Cairo")
