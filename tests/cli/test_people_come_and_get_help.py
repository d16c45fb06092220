"""`qafila people`: links that open something once, members, roles."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Run

SECRET = r"[\w-]{43}"


@pytest.mark.slow  # a dozen commands, each a process; what they call is tested in its room
def test_the_first_link_is_the_owners_then_people_come_and_go(migrated: None, qafila: Run) -> None:
    first = qafila("people", "sign-in-link")
    assert first.end() == 0, first.said
    assert re.search(rf"http://localhost:5001/welcome/owner/{SECRET}/\n", first.said)
    added = qafila("people", "add", "amira@example.com", "--name", "Amira Hassan", "--role", "owner")
    assert added.end() == 0, added.said
    assert "Amira Hassan is a member of My business: owner." in added.said
    assert re.search(rf"/account/new-password/{SECRET}/\n", added.said)
    link = qafila("people", "sign-in-link", PUBLIC_URL="https://wa.example.com")
    assert link.end() == 0, link.said
    assert re.search(rf"https://wa\.example\.com/account/link/{SECRET}/\n", link.said)
    assert qafila("people", "add", "noa@example.com", "--name", "Noa").end() == 0
    changed = qafila("people", "role", "noa@example.com", "admin")
    assert changed.end() == 0, changed.said
    listed = qafila("people", "list")
    assert listed.end() == 0
    rows = {line.split()[0]: line for line in listed.said.splitlines() if "@" in line}
    assert "owner" in rows["amira@example.com"]
    assert "admin" in rows["noa@example.com"]
    reset = qafila("people", "reset-password", "noa@example.com", "--without-second-factors")
    assert reset.end() == 0, reset.said
    assert re.search(rf"/account/new-password/{SECRET}/\n", reset.said)
    assert qafila("people", "remove", "noa@example.com").end() == 0
    last = qafila("people", "remove", "amira@example.com")
    assert last.end() == 1
    assert "(last_owner)" in last.said
    nobody = qafila("people", "role", "nobody@example.com", "admin")
    assert nobody.end() == 1
    assert "(not_found)" in nobody.said
