"""A WPPConnect server that the user has installed, started and watched by us: on this machine only, with keys of its own."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qafila.cli import node
from qafila.cli.screen import Refusal
from qafila.kit.processes.children import Child
from qafila.kit.processes.runfile import MARKER

ROLE: Final = "wppconnect"
_PASSED_ON: Final = frozenset(
    {
        *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "DISPLAY", MARKER),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *(
            "SSL_CERT_FILE",
            "NODE_EXTRA_CA_CERTS",
            "CHROME_PATH",
            "PUPPETEER_EXECUTABLE_PATH",
            "CUSTOM_USER_DATA_DIR",
        ),
    }
)
"""It is other people's code: it gets none of our secrets. Its own settings of the same names as ours (``PORT``,
``SECRET_KEY``) are set for it."""

# The server listens on every address of the machine and has no setting against it; one of its routes, /unhealthy, ends the
# process for whoever asks. So every server in that process listens on this machine only.
LOOPBACK_ONLY: Final = """\
const { Server } = require("net");
const listen = Server.prototype.listen;
Server.prototype.listen = function (...given) {
  const [first, second] = given;
  if (typeof first === "object" && first !== null && first.port !== undefined) {
    given[0] = { ...first, host: "127.0.0.1" };
  } else if (typeof first === "number" || (typeof first === "string" && /^[0-9]+$/.test(first))) {
    if (typeof second === "string") given[1] = "127.0.0.1";
    else given.splice(1, 0, "127.0.0.1");
  }
  return listen.apply(this, given);
};
"""


@dataclass(frozen=True, slots=True)
class WppConnectProcess:
    """The server installed in ``installed`` on ``port`` of this machine; ``folder``: where we keep its key."""

    installed: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def key_file(self) -> Path:
        """Holds the SECRET_KEY that accounts on it need."""
        return self.folder / "secret_key"

    def key(self) -> str:
        """The SECRET_KEY; made at the first start, so that the server's well-known default is never in use."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.key_file.exists():
            self.key_file.touch(mode=0o600)
            self.key_file.write_text(secrets.token_urlsafe(32), encoding="ascii")
        return self.key_file.read_text(encoding="ascii").strip()

    def program(self) -> Path:
        """Its main file, built.

        :raises Refusal: ``wppconnect_not_found``, ``wppconnect_not_built``.
        """
        try:
            main = json.loads((self.installed / "package.json").read_text(encoding="utf-8")).get("main")
        except (OSError, ValueError):
            raise Refusal(
                "wppconnect_not_found",
                f"There is no WPPConnect server in {self.installed}.",
                "Set WPPCONNECT_DIR to the folder that holds its package.json.",
            ) from None
        for name in (main, "dist/server.js", "dist/index.js"):
            if isinstance(name, str) and (self.installed / name).is_file():
                return self.installed / name
        raise Refusal(
            "wppconnect_not_built",
            "The WPPConnect server is not built.",
            f"Run its build in {self.installed}.",
        )

    def child(self) -> Child:
        """The program to run.

        :raises Refusal: ``node_missing``, and as :meth:`program`.
        """
        found = node.find()
        if found is None:
            raise Refusal("node_missing", "The WPPConnect server needs Node.js, and there is none.")
        program = self.program()
        key = self.key()
        preload = self.folder / "loopback_only.cjs"
        preload.write_text(LOOPBACK_ONLY, encoding="ascii")
        installed = self.installed.resolve()
        # It writes linked phones, tokens and pictures to folders of these names where it is started.
        phones = os.environ.get("CUSTOM_USER_DATA_DIR") or f"{installed / 'userDataDir'}/"
        env = {
            **{name: "" for name in os.environ if name not in _PASSED_ON},
            "PORT": str(self.port),
            "HOST": "http://127.0.0.1",
            "SECRET_KEY": key,
            "CUSTOM_USER_DATA_DIR": os.path.abspath(phones) + ("/" if phones.endswith("/") else ""),
        }
        argv = (str(found.program), "--require", str(preload.resolve()), str(program.resolve()))
        return Child(ROLE, argv, env, port=self.port, cwd=installed)
