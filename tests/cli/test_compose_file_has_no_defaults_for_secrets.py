"""`compose.yaml` and `Dockerfile`, read as files: there is no container engine where these tests run."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from pydantic import AliasChoices

from qafila.project.env import Env
from tests.cli.conftest import ROOT

SECRETS = {"POSTGRES_PASSWORD", "API_SECRET_KEY", "SECRET_KEY", "QAFILA_ENCRYPTION_KEYS"}
FOR_COMPOSE_ALONE = {"POSTGRES_PASSWORD", "PUBLISH", "BAILEYS_TOKEN"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def settings() -> set[str]:
    """The names of all settings in the environment."""
    names: set[str] = set()
    for name, field in Env.model_fields.items():
        alias = field.validation_alias
        names |= {
            str(each).upper() for each in (alias.choices if isinstance(alias, AliasChoices) else [name])
        }
    return names


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_services_keep_their_volumes_and_watch_their_health(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "wa-manager", "worker", "baileys"}
    assert set(compose["volumes"]) == {"database", "files", "baileys"}
    assert services["baileys"]["profiles"] == ["baileys"], "only who asks for it links phones"
    assert "ports" not in services["baileys"]
    assert services["postgres"]["healthcheck"]["test"]
    for name in ("wa-manager", "worker"):
        assert services[name]["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert "files:/var/lib/qafila" in services[name]["volumes"]
        assert "container_name" not in services[name]  # could not be scaled
    assert "ports" not in services["worker"]
    assert "ports" not in services["postgres"], "the database is nobody's business outside"
    assert services["wa-manager"]["ports"] == ["${PUBLISH:-127.0.0.1:5001}:5001"]


def test_compose_refuses_to_start_without_secrets(compose: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    for name in SECRETS:
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", text)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), f"{name} has a default"
        assert example()[name] == ""
    assert compose["services"]["worker"]["environment"]["DATABASE_URL"].startswith(
        "postgresql://qafila:${POSTGRES_PASSWORD:?"
    )


def test_every_variable_is_a_setting_and_stands_in_the_example() -> None:
    text = (ROOT / "compose.yaml").read_text()
    used = set(re.findall(r"\$\{(\w+)", text))
    assert used <= set(example()) | {"LEGACY_BUSINESS"}
    assert set(example()) <= settings() | FOR_COMPOSE_ALONE
    set_by_compose = set(yaml.safe_load(text)["services"]["worker"]["environment"])
    assert set_by_compose <= settings()


def test_the_image_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last_stage = text[text.rindex("\nFROM ") :]
    assert "\nUSER qafila\n" in last_stage
    assert "--require-hashes" in text
    assert not re.search(r"(?i)(PASSWORD|SECRET|KEY)=\S", text)
