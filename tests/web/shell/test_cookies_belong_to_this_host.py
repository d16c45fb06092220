"""Under HTTPS the session and the form token are cookies that only this host can set, and that never travel in the clear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.web.world import PASSWORD, World

ROOT = Path(__file__).parents[3]
NAMES = ("SESSION_COOKIE", "CSRF_COOKIE")
ASKED = [
    f"{cookie}_{part}"
    for cookie in NAMES
    for part in ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "PATH", "DOMAIN")
] + ["LANGUAGE_COOKIE_SECURE"]
TELL = (
    "import json, sys\n"
    "from django.conf import settings\n"
    "print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}))"
)


def settings_at(public_url: str, data: Path) -> dict[str, Any]:
    """What the settings say in a process of its own that is reached under that address."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "QAFILA_"))}
    told = subprocess.run(
        [sys.executable, "-c", TELL, *ASKED],
        cwd=ROOT,
        env=ours
        | {
            "DJANGO_SETTINGS_MODULE": "qafila.project.settings",
            "QAFILA_DATA": str(data),
            "PUBLIC_URL": public_url,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_names_and_flags_follow_the_public_address(tmp_path: Path) -> None:
    secure = settings_at("https://qafila.example.com", tmp_path)
    assert [secure[f"{each}_NAME"] for each in NAMES] == ["__Host-qafila", "__Host-qafila-csrf"]
    for each in NAMES:
        # What a browser demands of the prefix: Secure, the whole host, no domain.
        said = [secure[f"{each}_{part}"] for part in ("SECURE", "PATH", "DOMAIN", "HTTPONLY", "SAMESITE")]
        assert said == [True, "/", None, True, "Lax"], each
    assert secure["LANGUAGE_COOKIE_SECURE"]
    plain = settings_at("http://localhost:5001", tmp_path)
    assert [plain[f"{each}_NAME"] for each in NAMES] == ["qafila", "qafila-csrf"]
    assert not plain["SESSION_COOKIE_SECURE"]


@pytest.mark.django_db
def test_who_signs_in_over_https_gets_both_cookies_so(world: World, settings: Any, tmp_path: Path) -> None:
    for name, value in settings_at("https://testserver", tmp_path).items():
        setattr(settings, name, value)
    client = Client()
    client.get("/account/login/", secure=True)
    answer = client.post(
        "/account/login/",
        {"login": world.here.people["owner"].email, "password": PASSWORD},
        secure=True,
        headers={"Referer": "https://testserver/account/login/"},
    )
    assert answer.status_code == 302
    for name in ("__Host-qafila", "__Host-qafila-csrf"):
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (
            True,
            True,
            "/",
            "",
        )
        assert cookie["samesite"] == "Lax"
    assert not {"qafila", "qafila-csrf"} & client.cookies.keys()
