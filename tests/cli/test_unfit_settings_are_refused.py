"""Promise 40: no default secrets, and a weak deployment does not start. Ten bad configurations of ten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

BAD = [
    ({"API_SECRET_KEY": "changeme"}, "weak_api_secret_key"),
    ({"API_SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "weak_api_secret_key"),
    ({"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"}, "weak_secret_key"),
    ({"DEBUG": "true", "QAFILA_BIND": "0.0.0.0"}, "debug_on_public_address"),
    ({"ALLOWED_HOSTS": "*"}, "all_hosts_allowed"),
    ({"DJANGO_ALLOWED_HOSTS": ""}, "no_hosts_allowed"),
    ({"LEGACY_KEYLESS_FROM": "0.0.0.0/0", "LEGACY_BUSINESS": "x"}, "bad_settings"),
    ({"LEGACY_KEYLESS_FROM": "10.1.0.0/16"}, "legacy_business_missing"),
    ({"PORT": "fast"}, "bad_settings"),
    ({"LOG_LEVEL": "LOUD"}, "bad_settings"),
]


@pytest.mark.parametrize(("settings", "code"), BAD, ids=[" ".join(s) + " " + c for s, c in BAD])
def test_up_does_not_start(qafila: Run, data: Path, settings: dict[str, str], code: str) -> None:
    command = qafila("up", **settings)
    assert command.end() == 78
    assert f"({code})" in command.said
    assert len(command.said.splitlines()) >= 3, "a sentence and what to do"
    assert "Traceback" not in command.said
    for value in settings.values():
        if len(value) > 8 and "SECRET" in " ".join(settings):
            assert value not in command.said
    assert not (data / "postgres").exists()


@pytest.mark.parametrize("what", ["web", "worker"])
def test_web_and_worker_do_not_start_either(qafila: Run, what: str) -> None:
    command = qafila(what, API_SECRET_KEY="changeme")
    assert command.end() == 78
    assert "(weak_api_secret_key)" in command.said
