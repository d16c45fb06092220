"""Our Baileys gateway as a child of ``up``: its program, its modules and what it keeps, all in the data folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import qafila
from qafila.cli import node
from qafila.cli.node import Node
from qafila.cli.screen import Refusal
from qafila.kit.processes.children import Child
from qafila.kit.processes.runfile import MARKER

KIND: Final = "baileys"
INSTALL: Final = ("install", "--ignore-scripts", "--omit=dev", "--no-package-lock", "--no-audit", "--no-fund")
INSTALL_SECONDS: Final = 600.0
_PROGRAM: Final = ("package.json", "README.md", "src")
# The program is other people's code for the most part: it gets none of our secrets.
_PASSED_ON: Final = frozenset(
    {
        *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", MARKER),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "BAILEYS_WA_URL", "BAILEYS_CHECK_BEFORE_SEND"),
        *("BAILEYS_CHECKS_PER_MINUTE", "BAILEYS_ACK_SECONDS"),
    }
)


@dataclass(frozen=True, slots=True)
class BaileysProcess:
    """The gateway in ``folder`` (``<data>/gateways/baileys``) on ``port`` of this machine."""

    folder: Path
    port: int
    kind: str = KIND

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def app(self) -> Path:
        """Its program and modules; what it keeps is elsewhere."""
        return self.folder / "app"

    def fault(self) -> str:
        """Why it cannot be started: ``node_missing``, ``not_installed``, ``modules_outdated``; "" when it can."""
        if node.find() is None:
            return "node_missing"
        installed = self.installed()
        if installed is None:
            return "not_installed"
        return "" if installed == wanted() else "modules_outdated"

    def installed(self) -> dict[str, str] | None:
        """The versions of its modules that are there; None: none are."""
        found: dict[str, str] = {}
        for name in wanted():
            try:
                found[name] = _json(self.app / "node_modules" / name / "package.json")["version"]
            except (OSError, ValueError, KeyError):
                return None
        return found

    def install(self, with_: Node) -> None:
        """Copies the program and fetches its modules with npm: no scripts of theirs are run, nothing is left of tests.

        :raises Refusal: ``npm_missing``, ``modules_not_installed``.
        """
        if not with_.npm:
            raise Refusal(
                "npm_missing", "There is a Node but no npm beside it. On Debian: apt-get install npm"
            )
        self._copy_program()
        try:
            done = subprocess.run(  # noqa: S603 - our own package.json
                [*with_.npm, *INSTALL],
                cwd=self.app,
                env={name: value for name, value in os.environ.items() if not _is_ours(name)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise Refusal(
                "modules_not_installed", f"npm did not end in good order ({type(exc).__name__})."
            ) from exc
        if done.returncode != 0 or self.installed() != wanted():
            said = "\n".join(line for line in done.stderr.splitlines() if "error" in line)[:1500]
            raise Refusal("modules_not_installed", "npm could not fetch the gateway's modules.", said)

    def child(self, *, log_level: str = "info") -> Child:
        """The program to run, brought up to this version first."""
        found = node.find()
        if found is None:
            raise Refusal("node_missing", missing_node())
        self._copy_program()
        blank = {name: "" for name in os.environ if name not in _PASSED_ON}
        env = {
            **blank,
            "BAILEYS_DATA": str(self.folder / "data"),
            "BAILEYS_HOST": "127.0.0.1",
            "BAILEYS_PORT": str(self.port),
            "BAILEYS_TOKEN_FILE": str(self.folder / "token"),
            "BAILEYS_KEYS_FILE": str(self.folder / "keys.json"),
            "LOG_LEVEL": log_level,
        }
        return Child(KIND, (str(found.program), str(self.app / "src" / "main.js")), env, port=self.port)

    def _copy_program(self) -> None:
        self.app.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in _PROGRAM:
            there = source() / name
            if there.is_dir():
                shutil.rmtree(self.app / name, ignore_errors=True)
                shutil.copytree(there, self.app / name)
            else:
                shutil.copyfile(there, self.app / name)


def source() -> Path:
    """Where the gateway's program came with ours: in a checkout, or inside the package."""
    package = Path(qafila.__file__).parent
    checkout = package.parent / "gateways" / "baileys"
    return checkout if (checkout / "package.json").exists() else package / "cli" / "gateways" / "baileys"


def wanted() -> dict[str, str]:
    """Its modules with their exact versions."""
    return dict(_json(source() / "package.json")["dependencies"])


def missing_node() -> str:
    """What to do where there is no Node."""
    return (
        f"The Baileys gateway needs Node.js {node.OLDEST} or later, and there is none. Install it (on Debian: apt-get install "
        f"nodejs npm), or take it as a Python package: .venv/bin/pip install {node.WHEEL}"
    )


def _is_ours(name: str) -> bool:
    """Whether a variable may hold a secret of ours, which npm has no use for."""
    return name.startswith(("QAFILA_", "DATABASE", "API_SECRET", "SECRET_KEY", "EMAIL_", "POSTGRES_"))


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
