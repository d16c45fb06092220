"""`compose.yaml` and `Dockerfile`, read as files: there is no container engine where these tests run."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from pydantic import AliasChoices

from qafila.kit.postgres import tuning
from qafila.project.env import Env
from tests.cli.conftest import ROOT

SECRETS = {"POSTGRES_PASSWORD", "API_SECRET_KEY", "SECRET_KEY", "QAFILA_ENCRYPTION_KEYS"}
FOR_COMPOSE_ALONE = {"POSTGRES_PASSWORD", "PUBLISH", "BAILEYS_TOKEN"}
NOT_IN_A_CONTAINER = {"QAFILA_DATA", "QAFILA_WORKERS", "BAILEYS_PORT", "WPPCONNECT_DIR", "WPPCONNECT_PORT"}
SET_FOR_ALL_CONTAINERS = {"DATABASE_URL", "QAFILA_BIND", "PORT"}
OTHER_NAMES = {"DJANGO_ALLOWED_HOSTS", "DJANGO_DEBUG"}
IGNORED = {"REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"}


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


def container_of(compose: dict[str, Any], env_file: dict[str, str]) -> dict[str, str]:
    """The variables inside the container, as Docker Compose makes them from a ``.env``."""
    given = compose["services"]["wa-manager"]["environment"]

    def value(found: re.Match[str]) -> str:
        return env_file.get(found[1], "") or (found[3] if found[2] == ":-" else "")

    return {name: re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", value, text) for name, text in given.items()}


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
    assert used <= set(example()) | OTHER_NAMES | IGNORED
    assert set(example()) <= settings() | FOR_COMPOSE_ALONE
    set_by_compose = set(yaml.safe_load(text)["services"]["worker"]["environment"])
    assert set_by_compose <= settings()


def test_every_line_of_the_example_reaches_the_containers(compose: dict[str, Any]) -> None:
    """A setting that compose does not hand on would be written into ``.env`` and be ignored without a word."""
    expected = (set(example()) | OTHER_NAMES | IGNORED) - FOR_COMPOSE_ALONE - NOT_IN_A_CONTAINER
    for service in ("wa-manager", "worker"):
        given = compose["services"][service]["environment"]
        assert set(given) == expected, service
        for name in expected - SET_FOR_ALL_CONTAINERS - SECRETS:
            assert given[name] == f"${{{name}:-}}"


def test_what_is_left_empty_is_the_default_and_what_is_written_counts(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = SET_FOR_ALL_CONTAINERS | SECRETS
    for name, value in container_of(compose, {}).items():
        if name not in fixed:
            assert value == ""
            monkeypatch.setenv(name, value)
    fields = {name: field for name, field in Env.model_fields.items() if name != "data"}
    default = {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    assert Env().model_dump(exclude={"data"}) == default

    written = {
        "PUBLIC_URL": "https://wa.example.com",
        "EMAIL_PORT": "465",
        "SESSION_DAYS": "7",
        "KEEP_WEBHOOKS_DAYS": "3",
        "OUTGOING_ALLOWED_NETWORKS": "10.1.0.0/16",
        "DJANGO_ALLOWED_HOSTS": "wa.example.com",
        "DJANGO_DEBUG": "true",
    }
    inside = container_of(compose, written)
    for name in written:
        monkeypatch.setenv(name, inside[name])
    env = Env()
    assert (env.public_url, env.email_port, env.session_days) == ("https://wa.example.com", 465, 7)
    assert (env.keep_webhooks_days, env.outgoing_allowed_networks) == (3, ["10.1.0.0/16"])
    assert (env.allowed_hosts, env.debug) == (["wa.example.com"], True)


def settings_of_the_server(compose: dict[str, Any]) -> dict[str, str]:
    program, *options = compose["services"]["postgres"]["command"]
    assert program == "postgres"
    assert all(option.startswith("-c") for option in options)
    return dict(option.removeprefix("-c").split("=", 1) for option in options)


def test_the_database_is_set_as_the_embedded_one(compose: dict[str, Any]) -> None:
    """The image's own settings would write people's numbers and texts into the log, and clear dead rows each minute."""
    ours = tuning.settings(durable=True, memory_bytes=2 * 1024**3)
    found = settings_of_the_server(compose)
    assert found == {name: ours[name].strip("'") for name in found}
    assert found.keys() >= {
        "autovacuum_naptime",
        "max_connections",
        "max_wal_size",
        "shared_buffers",
        "log_error_verbosity",
        "log_min_duration_statement",
        "log_min_error_statement",
        "log_statement",
    }


def test_the_page_advises_the_same_for_a_server_of_ones_own(compose: dict[str, Any]) -> None:
    page = (ROOT / "docs/deployment.md").read_text()
    block = page.partition("## Your own PostgreSQL")[2].partition("```ini\n")[2].partition("```")[0]
    assert dict(line.split(" = ", 1) for line in block.splitlines()) == settings_of_the_server(compose)


def test_the_image_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last_stage = text[text.rindex("\nFROM ") :]
    assert "\nUSER qafila\n" in last_stage
    assert "--require-hashes" in text
    assert not re.search(r"(?i)(PASSWORD|SECRET|KEY)=\S", text)
