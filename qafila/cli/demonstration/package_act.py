"""``qafila demo --act package``: three numbers share a contract, one is lost in mid-run, and it is finished all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qafila.cli import sandbox_process, screen
from qafila.cli.demonstration.calls import Api

NUMBERS = 3
LOST_AFTER = 0.3
"""This part of the contract is decided when a number is lost."""


@dataclass
class PackageAct:
    """The package and what happens to it.

    :ivar numbers: the sandbox's id of a number to its name here.
    :ivar lost: the sandbox's id of the number that was lost; "" before.
    :ivar shares_seen: how many each number sent, by name, once that was counted.
    """

    api: Api
    sandbox: Api
    package_id: str = ""
    numbers: dict[str, str] = field(default_factory=dict)
    lost: str = ""
    shares_seen: Counter[str] = field(default_factory=Counter)

    def set_up(self, prepared: Mapping[str, Any]) -> None:
        """Adds two numbers to the sandbox and to us, and a package of all three.

        :param prepared: what ``qafila prepare`` answered about the sandbox.
        """
        first = str(prepared["sandbox_sender"])
        self.numbers = {sandbox_process.PHONE_NUMBER_ID: "Sandbox"}
        profiles = [first]
        for n in range(2, NUMBERS + 1):
            name, ref, phone = f"Sandbox {n}", f"20000000000000{n}", f"+1 201-555-012{n + 2}"
            number = {"id": ref, "waba_id": sandbox_process.WABA_ID, "display_phone_number": phone}
            self.sandbox.call("POST", "/admin/phone_numbers", number)
            account = self.api.call(
                "POST",
                "/api/accounts",
                {
                    "name": name,
                    "phoneNumber": phone,
                    "providerAccountId": prepared["sandbox_account"],
                    "phoneNumberId": ref,
                    "defaultTemplate": sandbox_process.TEMPLATE,
                },
            )
            self.numbers[ref] = name
            profiles.append(str(account["id"]))
        self.package_id = str(self.api.call("POST", "/api/v1/packages", {"name": "Demo"})["id"])
        for profile in profiles:
            path = f"/api/v1/packages/{self.package_id}/profiles"
            self.api.call("POST", path, {"profile_id": profile})

    def look(self, contract: Mapping[str, Any]) -> None:
        """Loses a number once enough of the contract is decided: it is logged out at WhatsApp."""
        states, total = contract["states"], contract["totalCount"]
        decided = total - states["queued"] - states["sending"]
        if self.lost or decided < LOST_AFTER * total:
            return
        self.lost = next(reversed(self.numbers))
        self.sandbox.call("PATCH", f"/admin/phone_numbers/{self.lost}", {"status": "DISCONNECTED"})
        screen.say(f"  {self.numbers[self.lost]} is logged out at WhatsApp now. The others go on.", "yellow")

    def count(self) -> None:
        """How many each number sent, by the sandbox's own ledger."""
        lines = self.sandbox.lines("/admin/ledger/messages")
        found = Counter(str(line["phone_number_id"]) for line in lines)
        self.shares_seen = Counter({name: found[number] for number, name in self.numbers.items()})

    def summary(self) -> None:
        """What each number did, and how it ended."""
        rows = screen.table("number", "messages", "", right=["messages"])
        for number, name in self.numbers.items():
            rows.add_row(
                name, f"{self.shares_seen[name]:,}", "lost in mid-run" if number == self.lost else ""
            )
        screen.say()
        screen.out.print(rows)
