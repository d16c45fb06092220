"""The bot in README.md, as printed there, talks with a person in the sandbox."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.sandbox.running import PHONE, Running, Start, free_port

README = Path(__file__).parents[2] / "wa_sandbox" / "README.md"
WHO = "15551230001"


def code() -> str:
    section = README.read_text().split("## Write a small bot")[1].split("\n## ")[0]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found
    return found.group(1)


def bubbles(box: Running) -> list[dict[str, Any]]:
    return list(box.admin("GET", f"/conversations/{PHONE}/{WHO}")["bubbles"])


def test_a_person_talks_with_the_bot(start: Start, tmp_path: Path) -> None:
    port = free_port()
    box = start("--webhook-url", f"http://127.0.0.1:{port}/", "--speed", "20")
    (tmp_path / "bot.py").write_text(code())
    env = {**os.environ, "GRAPH": f"{box.url}/v25.0", "PORT": str(port)}
    bot = subprocess.Popen([sys.executable, str(tmp_path / "bot.py")], env=env)
    try:
        hello = {"url": f"http://127.0.0.1:{port}/", "verify": True}
        box.until(lambda: box.call("PUT", "/admin/webhook", hello).status == 200)
        box.admin("POST", f"/people/{WHO}/text", {"text": "Hello"})
        box.until(lambda: len(bubbles(box)) == 2)
        said, question = bubbles(box)
        assert said["seen_by_business"]
        assert [choice["text"] for choice in question["choices"]] == ["Prices", "Hours"]
        box.admin("POST", f"/people/{WHO}/tap", {"wamid": question["wamid"], "choice": "Hours"})
        box.until(lambda: len(bubbles(box)) == 4)
        tapped, answered = bubbles(box)[2:]
        assert answered["text"] == "We are open from 9 to 5."
        assert answered["quoted"] == tapped["wamid"]
        box.until(lambda: bubbles(box)[-1]["status"] == "read")
    finally:
        bot.terminate()
        bot.wait(10)
