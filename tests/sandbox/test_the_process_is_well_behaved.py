"""Starting, stopping, refusing, logging, the admin calls and the page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PHONE, TOKEN, WABA, Running, Start


def refused(*flags: str) -> tuple[int, str]:
    """Start a sandbox that must not start: its exit code and its last line."""
    command = [sys.executable, "-m", "wa_sandbox", "--port", "0", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    lines = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stderr
    assert len(lines) == 1
    return done.returncode, lines[0]


def test_it_stops_when_told_even_with_an_answer_withheld(start: Start) -> None:
    box = start()
    box.admin("POST", "/faults", {"effect": "black_hole"})
    client = subprocess.Popen(["curl", "-s", "-d", "{}", f"{box.url}/v25.0/{PHONE}/messages"])
    box.until(lambda: box.admin("GET", "/ledger")["faults_fired"])
    assert box.stop() == 0
    client.wait(10)


def test_a_port_in_use(start: Start) -> None:
    box = start()
    code, line = refused("--port", box.url.rsplit(":", 1)[1])
    assert code == 3
    assert "cannot be used" in line


def test_a_ledger_in_use(start: Start, tmp_path: Path) -> None:
    start("--ledger", str(tmp_path / "l"))
    code, line = refused("--ledger", str(tmp_path / "l"))
    assert code == 4
    assert "in use by another sandbox" in line


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])
def test_other_addresses_are_refused(host: str) -> None:
    code, line = refused("--host", host)
    assert code == 2
    assert "--allow-remote" in line


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{", "not valid JSON"),
        ('{"colour": 1}', "Unknown key 'colour'"),
        ('{"phone_numbers": [{"id": "1"}]}', "must be given"),
        ('{"people": {"slots": {"reader": 50}}}', "sum to 100"),
        ('{"limits": {"pair_burst": "many"}}', "wrong type"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, config: str, words: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(config)
    code, line = refused("--config", str(path))
    assert code == 2
    assert words in line


def test_the_admin_token(start: Start) -> None:
    box = start("--admin-token", "open-sesame")
    assert box.call("GET", "/admin/ledger").status == 401
    assert box.call("GET", "/", token=None).status == 401
    assert box.call("GET", "/admin/ledger", token="open-sesame").status == 200


def test_nothing_private_is_logged(start: Start, receiver: Receiver, tmp_path: Path) -> None:
    box = start("--log-level", "debug", "--ledger", str(tmp_path / "l"), "--webhook-url", receiver.url)
    receiver.wait_status(box.template("15551230077", value="canary-text").wamid, "sent")
    box.text("15551230078", text="canary-text")
    box.call("POST", f"/v25.0/{PHONE}/messages", b"{broken canary-text")
    box.stop()
    assert box.process.stderr is not None
    logged = box.process.stderr.read().decode()
    assert "listens at" in logged
    for secret in ("canary-text", TOKEN, "15551230077", "15551230078", "sandbox-app-secret"):
        assert secret not in logged


def test_the_world_can_be_changed_while_it_runs(shared: Running) -> None:
    many = shared.admin("POST", "/phone_numbers", {"count": 20, "throughput": 1000})["data"]
    assert len({row["id"] for row in many}) == 20
    assert shared.template("15551235001", phone=many[3]["id"]).status == 200
    number = shared.call("GET", f"/v25.0/{many[3]['id']}?fields=throughput").body
    assert number["throughput"] == {"level": "HIGH"}
    for row in many:
        shared.admin("DELETE", f"/phone_numbers/{row['id']}")
    assert shared.template("15551235001", phone=many[3]["id"]).code == 803
    shared.admin("PUT", "/portfolios/77", {"name": "Second"})
    shared.admin("PUT", "/wabas/78", {"portfolio_id": "77"})
    assert shared.call("GET", "/v25.0/78/phone_numbers").body == {"data": []}
    assert shared.call("DELETE", "/admin/portfolios/77").status == 400
    shared.admin("DELETE", "/wabas/78")
    assert shared.call("PUT", "/admin/wabas/79", {"portfolio_id": "none"}).status == 400
    assert shared.call("PUT", f"/admin/wabas/{WABA}", {"colour": "red"}).status == 400
    assert shared.call("GET", "/admin/spoons").status == 404
    assert shared.admin("GET", "/state")["seed"] == 7


def test_the_page_shows_and_escapes(box: Running) -> None:
    nasty = '<script>alert("1")</script>'
    box.template("15551235002", value=nasty, biz=nasty)
    box.admin("POST", "/inbound", {"from": "15551235003", "text": nasty})
    page = box.call("GET", "/")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert nasty not in page.body
    assert "&lt;script&gt;alert" in page.body
    assert page.body.count('dir="auto"') > 2
    assert "://" not in page.body.replace(box.url, ""), "nothing is fetched from elsewhere"
    for part in ("/page.css", "/page.js"):
        assert box.call("GET", part).status == 200


def test_faults_are_switched_on_the_page(shared: Running) -> None:
    shared.admin("DELETE", "/faults")

    def post(form: dict[str, str]) -> int:
        return shared.client.post(shared.url + "/page/faults").form(form).build().send().status

    assert post({"do": "add", "effect": "http_500_bare", "to": "+15551235004", "times": "1"}) == 200
    rule = shared.admin("GET", "/faults")["data"][0]
    assert (rule["effect"], rule["times"], rule["enabled"]) == ("http_500_bare", 1, True)
    post({"do": "switch", "id": rule["id"]})
    assert shared.admin("GET", "/faults")["data"][0]["enabled"] is False
    post({"do": "remove", "id": rule["id"]})
    assert json.dumps(shared.admin("GET", "/faults")["data"]) == "[]"
