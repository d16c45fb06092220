"""Promise 50: an import killed at random times has, in the end, exactly the rows of its file, each once."""

from __future__ import annotations

import io
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from chaos.stage import Stage, wait_for

ROWS_A_CHUNK = 500
MOST_KILLS = 12


def workbook(rows: int, rng: random.Random) -> tuple[bytes, dict[int, str]]:
    """An XLSX file, and for each row number what must become of it: the text, or "" for a row that is refused."""
    from qafila.kit.tables import write_xlsx

    expected: dict[int, str] = {}
    lines: list[list[object]] = []
    for number in range(2, rows + 2):
        name = "" if rng.random() < 0.1 else f"Person {number}"
        phone = "12" if rng.random() < 0.02 else f"+2010{number:08d}"
        lines.append([name, phone])
        expected[number] = "" if phone == "12" else f"Hello {name or 'friend'}"
    out = io.BytesIO()
    write_xlsx(["Name", "Phone"], lines, out, rtl=False)
    return out.getvalue(), expected


def one_run(stage: Stage, shop: Any, *, seed: int, messages: int) -> dict[str, Any]:
    """One file, killed again and again until it is in the books; what is there is compared with the file."""
    rng = random.Random(seed)
    content, expected = workbook(messages, rng)
    campaign_id = started(seller(shop), content)
    kills = 0
    while not is_finished(campaign_id):
        process = stage.spawn(
            "-m", "chaos.import_process", str(campaign_id), str(ROWS_A_CHUNK), name="imports"
        )
        if kills < MOST_KILLS:
            kill_after_progress(process, campaign_id, rng)
            kills += process.returncode != 0
        else:
            process.wait(timeout=300)
    return {"seed": seed, "kills": kills, **compared(campaign_id, expected)}


def seller(shop: Any) -> Any:
    """The tenant with what drafts need: somebody who acts, and a template that carries texts."""
    from qafila.businesses.actor import system_actor
    from qafila.senders.models import Sender

    template = {"name": "order_update", "language": "en", "variable": None}
    Sender.objects.filter(pk=shop.sender.pk).update(default_template=template)
    shop.sender.refresh_from_db()
    shop.actor = system_actor(shop.business)
    return shop


def started(shop: Any, content: bytes) -> int:
    """A draft that became a contract, its file not read yet."""
    from qafila.campaigns import incoming
    from qafila.campaigns.actions import draft_start, drafts

    now = datetime.now(UTC)
    who: dict[str, Any] = {"business": shop.business, "actor": shop.actor}
    draft = drafts.create_draft(
        file=incoming.store(iter([content])), file_name="people.xlsx", file_size=1, now=now, **who
    )
    text = {"kind": "text", "text": "Hello {{name|friend}}"}
    draft = drafts.configure_draft(
        public_id=draft.public_id, content=text, sender=shop.sender, duplicates="text", now=now, **who
    )
    drafts.begin_check(draft, now=now)
    campaign = draft_start.start_draft(
        public_id=draft.public_id, name="Chaos", confirm=True, now=now - timedelta(minutes=1), **who
    )
    draft_start.begin_due(now=now)
    return int(campaign.pk)


def kill_after_progress(process: Any, campaign_id: int, rng: random.Random) -> None:
    """SIGKILL at a random moment after some more rows than before are in the books (or the process ended by itself)."""
    from qafila.campaigns.models import Campaign

    def rows() -> int:
        return int(Campaign.objects.values_list("import_rows", flat=True).get(pk=campaign_id))

    before = rows()
    wait_for("rows in the books", lambda: process.poll() is not None or rows() > before, every=0.01)
    time.sleep(rng.uniform(0.0, 0.3))
    process.kill()
    process.wait()


def is_finished(campaign_id: int) -> bool:
    """Whether the whole file is in the books."""
    from qafila.campaigns.models import Campaign, ImportState

    state = Campaign.objects.values_list("import_state", flat=True).get(pk=campaign_id)
    if state == ImportState.FAILED:
        raise SystemExit(f"the import of campaign {campaign_id} failed")
    return bool(state == ImportState.FINISHED)


def compared(campaign_id: int, expected: dict[int, str]) -> dict[str, Any]:
    """What the books have against what the file has."""
    from qafila.campaigns.models import Campaign
    from qafila.ledger import queries as ledger
    from qafila.ledger.states import State

    campaign = Campaign.objects.get(pk=campaign_id)
    found = list(ledger.messages(campaign.batch_id))
    times = Counter(message.row_number for message in found)
    wrong = [
        message.row_number
        for message in found
        if (message.state is State.SKIPPED) != (expected.get(message.row_number or 0, "") == "")
        or (message.state is not State.SKIPPED and message.body != expected.get(message.row_number or 0))
    ]
    counts = ledger.counts(campaign.batch_id)
    return {
        "total": len(expected),
        "lost": len(expected.keys() - times.keys()),
        "duplicated": sum(count - 1 for count in times.values()) + len(times.keys() - expected.keys()),
        "unbalanced": int(counts.total != len(expected)) + len(wrong),
    }
