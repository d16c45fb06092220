"""`qafila fix-auto-pause` prints what the old repair command printed, and does it once."""

from __future__ import annotations

from tests.cli.conftest import SHOP, InRooms, Run

TOKEN_DEAD = "Meta does not accept the access token."
PACKAGES = """
from qafila.senders.actions.auto_pause import auto_pause
from qafila.senders.models import Package, PackageMember
accounts = [
    actions.create_provider_account(
        business=business, kind="cloud_api", name=name, base_url="http://127.0.0.1:9", ref=ref,
        token="token", app_secret="", verify_token="", allow_private_network=True, actor=actor, now=now)
    for name, ref in (("Shop access", "1"), ("Dead access", "2"))
]
for n, (name, on) in enumerate([("Shop", True), ("Quiet", False), ("Dead", True)]):
    package = Package.objects.create(
        business=business, name=name, auto_pause_on_failures=on, created_at=now)
    sender = actions.create_sender(
        business=business, name=f"Number {n}", phone=f"+20100000000{n}", ref=str(n),
        provider_account=accounts[name == "Dead"], actor=actor, now=now)
    PackageMember.objects.create(package=package, sender=sender)
    if on:
        auto_pause(sender=sender, reason="health_failing", now=now)
    print("made", package.public_id, sender.public_id)
actions.stop_account(account_id=accounts[1].pk, reason="cloud_api.190", now=now)
"""


def test_it_says_what_it_does_and_does_it_once(migrated: None, qafila: Run, in_rooms: InRooms) -> None:
    made = in_rooms(SHOP, PACKAGES)
    told = [line.split() for line in made.splitlines() if line.startswith("made ")]
    (_, shop, number), (_, quiet, _), (_, dead, silent) = told
    tried = qafila("fix-auto-pause", "--dry-run")
    assert tried.end() == 0, tried.said
    for line in ("Would update 2 package(s)", "Would resume 1 profile(s)", "Dry run: nothing was changed"):
        assert line in tried.said

    fixed = qafila("fix_auto_pause")
    assert fixed.end() == 0, fixed.said
    said = [line.strip() for line in fixed.lines]
    wanted = [
        "Found 3 package(s)",
        f"Updating: Shop ({shop})",
        f"Already updated: Quiet ({quiet})",
        f"Updating: Dead ({dead})",
        "Successfully updated 2 package(s)",
        "Found 2 paused profile(s)",
        f"Resuming: Number 0 ({number})",
        f"Not resumed, because it cannot send: Number 2 ({silent}): {TOKEN_DEAD}",
        "Successfully resumed 1 profile(s)",
        "Migration completed successfully",
    ]
    assert [line for line in said if line in wanted] == wanted

    again = qafila("fix-auto-pause")
    assert again.end() == 0, again.said
    assert "Successfully updated 0 package(s)" in again.said and "Found 1 paused profile(s)" in again.said
