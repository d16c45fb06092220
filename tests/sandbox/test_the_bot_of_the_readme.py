"""The bot in README.md, as printed there, talks with people in the sandbox; the curl lines around it are run as printed."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.running import PHONE, Running, Start, free_port

README = Path(__file__).parents[2] / "wa_sandbox" / "README.md"
SECTION = README.read_text().split("## Write a small bot")[1].split("\n## ")[0]
PRINTED_AT = "http://127.0.0.1:8686"
WHO, OTHER = "15551230001", "15551230002"


def code() -> str:
    found = re.search(r"```python\n(.*?)```", SECTION, re.DOTALL)
    assert found
    return found.group(1)


def curls(paragraph: str) -> list[str]:
    """The curl lines of the block that follows these words."""
    block = re.search(r"```\n(curl .*?)```", SECTION.split(paragraph, 1)[1], re.DOTALL)
    assert block
    return block.group(1).replace("\\\n", "").splitlines()


def run(box: Running, line: str, **known: str) -> Any:
    """A printed line, run against this sandbox; `known`: what stands for the words in capitals."""
    for word, value in known.items():
        line = line.replace(word.replace("_", "-"), value)
    command, *arguments = shlex.split(line.replace(PRINTED_AT, box.url))
    assert command == "curl"
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "*", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    return rows[0] if len(rows) == 1 else rows


def bubbles(box: Running, who: str = WHO) -> list[dict[str, Any]]:
    found = box.call("GET", f"/admin/conversations/{PHONE}/{who}")
    return list(found.body["bubbles"]) if found.status == 200 else []


@dataclass
class Talk:
    """The sandbox, and the bot that listens to it. `said`: what the bot wrote to its terminal."""

    box: Running
    said: Path


@pytest.fixture(scope="module")
def talk(start_one: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    port, folder = free_port(), tmp_path_factory.mktemp("bot")
    box = start_one("--webhook-url", f"http://127.0.0.1:{port}/", "--speed", "20")
    (folder / "bot.py").write_text(code())
    env = {**os.environ, "GRAPH": f"{box.url}/v25.0", "PORT": str(port)}
    with (folder / "said").open("wb") as said:
        bot = subprocess.Popen([sys.executable, str(folder / "bot.py")], env=env, stderr=said)
    try:
        hello = {"url": f"http://127.0.0.1:{port}/", "verify": True}
        box.until(lambda: box.call("PUT", "/admin/webhook", hello).status == 200)
        yield Talk(box, folder / "said")
    finally:
        bot.terminate()
        bot.wait(10)


def test_a_person_talks_with_the_bot(talk: Talk) -> None:
    box = talk.box
    hello, look, tap = curls("Then be a person")
    run(box, hello)
    box.until(lambda: len(bubbles(box)) == 2)
    said, question = run(box, look)["bubbles"]
    assert said["seen_by_business"]
    assert [choice["text"] for choice in question["choices"]] == ["Prices", "Hours"]
    run(box, tap, WAMID_OF_THE_QUESTION=question["wamid"])
    box.until(lambda: len(bubbles(box)) == 4)
    tapped, answered = bubbles(box)[2:]
    assert answered["text"] == "We are open from 9 to 5."
    assert answered["quoted"] == tapped["wamid"]
    box.until(lambda: bubbles(box)[-1]["status"] == "read")


def test_a_day_later_free_text_fails(talk: Talk) -> None:
    box = talk.box
    later, text, look = curls("**A day later**")
    before = len(bubbles(box))
    box.admin("POST", "/inbound", {"from": WHO, "text": "hi"})
    box.until(lambda: len(bubbles(box)) == before + 2)
    today = run(box, text)["messages"][0]["id"]
    box.until(lambda: run(box, look, WAMID_OF_THE_TEXT=today)["status"] == "read")
    run(box, later)
    tomorrow = run(box, text)["messages"][0]["id"]
    row = box.until(lambda: _ended(run(box, look, WAMID_OF_THE_TEXT=tomorrow)))
    assert (row["status"], row["code"]) == ("failed", 131047)


def _ended(row: dict[str, Any]) -> dict[str, Any] | None:
    return row if row["status"] in ("failed", "read") else None


def test_a_lost_answer_is_a_message_all_the_same(talk: Talk) -> None:
    box = talk.box
    fault, hello, rows, summary = curls("**A lost answer.**")
    run(box, fault)
    run(box, hello)
    box.until(lambda: "RemoteDisconnected" in talk.said.read_text())
    asked = box.until(lambda: [row for row in _list(run(box, rows)) if row["to"] == OTHER])
    assert [row["type"] for row in asked] == ["interactive"]
    box.until(lambda: bubbles(box, OTHER)[-1]["status"] == "read")
    assert run(box, summary)["faults_fired"] == {"processed_but_response_lost": 1}


def _list(rows: Any) -> list[dict[str, Any]]:
    return rows if isinstance(rows, list) else [rows]


def test_the_bot_does_not_heed_a_stop(talk: Talk) -> None:
    box = talk.box
    hello, look = curls("**STOP.**")
    run(box, hello)
    box.until(lambda: len(run(box, look)["bubbles"]) == 4)
    first, question, stop, again = run(box, look)["bubbles"]
    assert (first["text"], stop["text"]) == ("Hello", "STOP")
    assert [bubble["from_business"] for bubble in (question, again)] == [True, True]
    assert question["choices"] == again["choices"]
