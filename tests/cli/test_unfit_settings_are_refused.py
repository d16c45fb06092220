"""Promise 40: no default secrets, and a weak deployment does not start. Every bad configuration of this list."""

from __future__ import annotations

from pathlib import Path

from qafila.kit.crypto import MIN_SECRET_LENGTH
from qafila.project.env import SHORTEST_ENCRYPTION_KEY
from tests.cli.conftest import Run

EX_CONFIG = 78

BAD = [
    ({"API_SECRET_KEY": "changeme"}, "weak_api_secret_key"),
    ({"API_SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "weak_api_secret_key"),
    ({"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"}, "weak_secret_key"),
    ({"QAFILA_ENCRYPTION_KEYS": "changeme"}, "weak_encryption_keys"),
    ({"QAFILA_ENCRYPTION_KEYS": "kD93-fa0Qx7LmZ2_vT81pWqYbN64hRsC,short"}, "weak_encryption_keys"),
    ({"QAFILA_ENCRYPTION_KEYS": ","}, "weak_encryption_keys"),
    ({"DEBUG": "true", "QAFILA_BIND": "0.0.0.0"}, "debug_on_public_address"),
    ({"ALLOWED_HOSTS": "*"}, "all_hosts_allowed"),
    ({"DJANGO_ALLOWED_HOSTS": ","}, "no_hosts_allowed"),
    ({"LEGACY_KEYLESS_FROM": "0.0.0.0/0", "LEGACY_BUSINESS": "x"}, "bad_settings"),
    ({"LEGACY_KEYLESS_FROM": "10.1.0.0/16"}, "legacy_business_missing"),
    ({"PORT": "fast"}, "bad_settings"),
    ({"LOG_LEVEL": "LOUD"}, "bad_settings"),
    ({"LOG_LEVELS": "qafila=LOUD"}, "bad_settings"),
    ({"LOG_LEVELS": "django=ERROR,qafila.dispatch"}, "bad_settings"),
]


def test_up_does_not_start_with_any_bad_settings(qafila: Run, data: Path) -> None:
    started = [(qafila("up", **settings), settings, code) for settings, code in BAD]
    for command, settings, code in started:
        assert command.end() == EX_CONFIG, (settings, command.said)
        assert f"({code})" in command.said
        assert len(command.said.splitlines()) >= 3, "a sentence, and what to do"
        assert "Traceback" not in command.said
        for name, value in settings.items():
            assert not {"SECRET", "ENCRYPTION"} & set(name.split("_")) or value not in command.said
    assert not (data / "postgres").exists()


def test_a_hint_says_what_to_write_instead(qafila: Run) -> None:
    started = qafila("up", LOG_LEVELS="qafila=LOUD")
    assert started.end() == EX_CONFIG
    assert "LOG_LEVELS: 'qafila=LOUD' is not a module and its level" in started.said
    assert "qafila.dispatch=DEBUG" in started.said


def test_good_settings_are_not_refused(qafila: Run) -> None:
    settings = {
        "QAFILA_ENCRYPTION_KEYS": "kD93-fa0Qx7LmZ2_vT81pWqYbN64hRsC, 7vGm-TT0bq_LrX58ewKcZ1nUyJ6dPaHf",
        "LOG_LEVELS": "qafila.dispatch=debug, django=ERROR,",
    }
    looked = qafila("doctor", **settings)
    looked.end()
    assert "fit to serve" in looked.said
    assert SHORTEST_ENCRYPTION_KEY == MIN_SECRET_LENGTH


def test_web_and_worker_do_not_start_either(qafila: Run) -> None:
    for command in [qafila(what, API_SECRET_KEY="changeme") for what in ("web", "worker")]:
        assert command.end() == EX_CONFIG
        assert "(weak_api_secret_key)" in command.said
