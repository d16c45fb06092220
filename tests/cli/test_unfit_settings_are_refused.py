"""Promise 40: no default secrets, and a weak deployment does not start. Every bad configuration of this list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qafila.businesses.rules import keyless
from qafila.kit.crypto import MIN_SECRET_LENGTH
from qafila.project.env import SHORTEST_ENCRYPTION_KEY, BadSettings, Env, read, weaknesses
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
    ({"DEBUG": "true", "PUBLIC_URL": "https://wa.example.com"}, "debug_on_public_address"),
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


@pytest.mark.parametrize(
    ("settings", "exposed"),
    [
        ({}, False),
        ({"bind": "::1", "allowed_hosts": "localhost, 127.0.0.1, [::1], .localhost"}, False),
        ({"public_url": "http://localhost:5001"}, False),
        ({"public_url": "http://[::1]:5001"}, False),
        ({"bind": "192.168.1.20"}, True),
        ({"public_url": "https://wa.example.com"}, True),
        ({"trusted_proxies": "127.0.0.1/32"}, True),
        ({"allowed_hosts": "localhost, wa.example.com"}, True),
        ({"allowed_hosts": "*"}, True),
    ],
)
def test_debug_is_for_this_machine_only(settings: dict[str, Any], exposed: bool) -> None:
    assert ("debug_on_public_address" in weaknesses(Env(debug=True, **settings))) is exposed
    assert "debug_on_public_address" not in weaknesses(Env(debug=False, **settings))


@pytest.mark.parametrize(
    ("network", "fits"),
    [("10.0.0.0/8", True), ("10.0.0.0/7", False), ("fd00::/16", True), ("fd00::/15", False)],
)
def test_a_network_that_would_let_nobody_in_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, network: str, fits: bool
) -> None:
    decided = keyless.decide(
        networks=[network],
        trusted_proxies=[],
        allowed_hosts=["localhost"],
        remote=network.partition("/")[0],
        host="localhost",
        path="/api/contracts",
        headers={},
    )
    assert decided.allowed is fits
    monkeypatch.setenv("LEGACY_KEYLESS_FROM", network)
    read.cache_clear()
    try:
        if fits:
            assert read().legacy_keyless_from == [network]
        else:
            with pytest.raises(BadSettings, match="too wide"):
                read()
    finally:
        read.cache_clear()
