"""Promise 40: no default secrets, and a weak deployment does not start. Ten bad configurations of ten."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

EX_CONFIG = 78

BAD = [
    ({"API_SECRET_KEY": "changeme"}, "weak_api_secret_key"),
    ({"API_SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "weak_api_secret_key"),
    ({"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"}, "weak_secret_key"),
    ({"DEBUG": "true", "QAFILA_BIND": "0.0.0.0"}, "debug_on_public_address"),
    ({"ALLOWED_HOSTS": "*"}, "all_hosts_allowed"),
    ({"DJANGO_ALLOWED_HOSTS": ","}, "no_hosts_allowed"),
    ({"LEGACY_KEYLESS_FROM": "0.0.0.0/0", "LEGACY_BUSINESS": "x"}, "bad_settings"),
    ({"LEGACY_KEYLESS_FROM": "10.1.0.0/16"}, "legacy_business_missing"),
    ({"PORT": "fast"}, "bad_settings"),
    ({"LOG_LEVEL": "LOUD"}, "bad_settings"),
]


def test_up_does_not_start_with_any_of_ten_bad_settings(qafila: Run, data: Path) -> None:
    started = [(qafila("up", **settings), settings, code) for settings, code in BAD]
    for command, settings, code in started:
        assert command.end() == EX_CONFIG, (settings, command.said)
        assert f"({code})" in command.said
        assert len(command.said.splitlines()) >= 3, "a sentence, and what to do"
        assert "Traceback" not in command.said
        for name, value in settings.items():
            assert "SECRET" not in name or value not in command.said
    assert not (data / "postgres").exists()


def test_web_and_worker_do_not_start_either(qafila: Run) -> None:
    for command in [qafila(what, API_SECRET_KEY="changeme") for what in ("web", "worker")]:
        assert command.end() == EX_CONFIG
        assert "(weak_api_secret_key)" in command.said
