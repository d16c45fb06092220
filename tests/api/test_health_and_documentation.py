"""``/health``, the OpenAPI description and its pages, and the pages of ``docs/`` about the API."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from qafila.api import health
from qafila.api.door import api
from qafila.dispatch.models import Worker
from qafila.senders.rules import template_states
from qafila.wording import is_known
from tests.api.routes_of_the_api import routes

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "contract-api.md"
PAGES = (
    DOCS,
    *(
        ROOT / "docs" / name
        for name in ("numbers.md", "packages.md", "providers.md", "tickets.md", "webhooks.md")
    ),
)
"""The pages that describe the API, each its own part."""


def _worker() -> None:
    now = datetime.now(UTC)
    Worker.objects.create(host="here", pid=1, version="0", started_at=now, seen_at=now)


def test_health_is_good_with_database_schema_and_worker(nobody: Any) -> None:
    _worker()
    answer = nobody.get("/health")
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert said["status"] == "ok"
    assert {name: check["ok"] for name, check in said["checks"].items()} == {
        "database": True,
        "schema": True,
        "workers": True,
    }


def test_without_a_worker_it_is_not(nobody: Any) -> None:
    answer = nobody.get("/health")
    assert (answer.status_code, answer.json()["checks"]["workers"]) == (503, {"ok": False, "count": 0})
    assert nobody.get("/health/live").status_code == 200


def test_a_schema_that_is_behind_or_a_database_that_is_away_is_said(
    rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _worker()
    missing = ["ledger.0009_more"]
    view = health.Health(lambda: missing)
    behind = view.ready(rf.get("/health"))
    assert (behind.status_code, json.loads(behind.content)["checks"]["schema"]["ok"]) == (503, False)
    missing.clear()
    assert view.ready(rf.get("/health")).status_code == 200

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("password=secret")

    monkeypatch.setattr(connection, "cursor", away)
    answer = view.ready(rf.get("/health"))
    assert (answer.status_code, json.loads(answer.content)["checks"]) == (503, {"database": {"ok": False}})
    assert b"secret" not in answer.content


def test_the_documentation_loads_nothing_from_elsewhere(nobody: Any) -> None:
    page = nobody.get("/api/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert re.search(r"/static/\w+/ninja/", text)
    assert "//" not in re.sub(r"<!--.*?-->", "", text).replace("<!DOCTYPE", "")
    from django.contrib.staticfiles import finders

    for asset in re.findall(r'/static/\w+/([^"]+)"', text):
        assert finders.find(asset), asset


def test_the_description_shows_both_headers_and_examples(nobody: Any) -> None:
    described = nobody.get("/api/openapi.json").json()
    schemes = described["components"]["securitySchemes"]
    assert schemes["BearerKey"]["scheme"] == "bearer"
    assert (schemes["HeaderKey"]["in"], schemes["HeaderKey"]["name"]) == ("header", "X-API-Key")
    posting = described["paths"]["/api/contracts"]["post"]
    assert posting["security"] == [{"BearerKey": []}, {"HeaderKey": []}]
    shapes = described["components"]["schemas"]
    assert shapes["NewContract"]["example"]["recipients"]
    assert shapes["NewContract"]["properties"]["recipients"]["items"]["properties"]["phoneNumber"]
    assert shapes["Refusal"]["example"]["error"]["code"] == "unauthorised"
    operations = [op for path in described["paths"].values() for op in path.values()]
    assert len({op["operationId"] for op in operations}) == len(operations) == len(routes())
    assert "https://" not in json.dumps(schemes)


def test_the_page_documents_every_route_and_no_other() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    written = {
        f"{method} {re.sub(r'[?].*', '', path)}"
        for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/api/[^`\s]*)`", text)
    }
    there = {re.sub(r"\{\w+\}", ":id", name) for name in routes()}
    assert written == there


def test_every_line_of_curl_names_an_address_that_there_is() -> None:
    patterns = [re.compile(re.sub(r"\{\w+\}", "[^/]+", name.split(" ")[1]) + r"\Z") for name in routes()]
    lines = re.findall(r"localhost:5001(/[^\s'\"?]*)", DOCS.read_text())
    assert len(lines) > 10
    for line in lines:
        if line.startswith("/api/") and line not in {"/api/docs", "/api/openapi.json"}:
            assert any(pattern.match(line) for pattern in patterns), line


def _sources() -> list[Path]:
    return [*ROOT.glob("qafila/api/**/*.py"), *ROOT.glob("qafila/campaigns/**/*.py")]


FOR_PAGES_ONLY = {
    "qafila/campaigns/actions/copying.py": "copy_contract",
    "qafila/campaigns/actions/draft_adding.py": "draft_adding",
    "qafila/campaigns/actions/draft_start.py": "draft_start",
    "qafila/campaigns/actions/drafts.py": "drafts",
    "qafila/campaigns/rules/clock.py": "from_clock",
}
"""File of the room below to the name by which it is called: no address of the API leads there."""

DECIDED_ELSEWHERE = {
    "qafila/campaigns/actions/running.py": {
        template_states.code_of(status) for status in ("PENDING", "REJECTED", "DISABLED")
    },
}
"""File that refuses with a code which other code decides, to those codes. A template that is only paused refuses nothing."""


def _codes_in(sources: list[Path]) -> set[str]:
    """Every code that these files refuse with."""
    found: set[str] = set()
    for path in sources:
        tree = ast.parse(path.read_text())
        found |= DECIDED_ELSEWHERE.get(str(path.relative_to(ROOT)), set()) | _codes_of_warnings(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = {"ApiRefusal": 1, "Refused": 0, "Clash": 0, "fault": 0, "warning": 0, "_refused": 1}.get(
                name
            )
            if place is not None and len(node.args) > place:
                value = node.args[place]
                if isinstance(value, ast.Constant) and re.fullmatch(r"[a-z_.]+", str(value.value)):
                    found.add(value.value)
    return found


def _codes_of_warnings(tree: ast.Module) -> set[str]:
    """What stands behind ``"code":`` as a word, or as a constant of the same file."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    values = [
        value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "code"
    ]
    words = [value.value for value in values if isinstance(value, ast.Constant)]
    words += [
        constants[value.id] for value in values if isinstance(value, ast.Name) and value.id in constants
    ]
    return {str(word) for word in words}


def _clashes_by_a_variable(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Clash"
        and not isinstance(node.args[0], ast.Constant)
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_every_code_that_is_decided_elsewhere_is_written_down() -> None:
    files = {str(path.relative_to(ROOT)) for path in _sources() if _clashes_by_a_variable(path)}
    assert files - FOR_PAGES_ONLY.keys() == DECIDED_ELSEWHERE.keys(), "name its codes in DECIDED_ELSEWHERE"


def test_codes_of_warnings_are_seen() -> None:
    codes = _codes_in(_sources())
    assert {"package_templates_differ", "same_number_other_text", "line_breaks_flattened"} <= codes
    assert {"template_not_approved", "template_rejected", "template_disabled"} <= codes


def test_every_code_has_a_wording() -> None:
    codes = _codes_in(_sources())
    assert len(codes) > 20
    assert {code for code in codes if not is_known(code)} == set()


def test_every_code_of_the_api_stands_in_the_page() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    of_the_api = [path for path in _sources() if str(path.relative_to(ROOT)) not in FOR_PAGES_ONLY]
    assert len(_sources()) - len(of_the_api) == len(FOR_PAGES_ONLY)
    codes = _codes_in(of_the_api)
    assert len(codes) > 20
    assert {code for code in codes if f"`{code}`" not in text} == set()


def test_what_is_for_pages_only_is_not_called_by_the_api() -> None:
    for path in ROOT.glob("qafila/api/**/*.py"):
        words = set(re.findall(r"\w+", path.read_text()))
        assert not words & set(FOR_PAGES_ONLY.values()), path


def test_api_is_one_object() -> None:
    assert api.title == "Qafila"
