"""Promise 32: what the documentation says is what the API does. schemathesis reads our OpenAPI and tries everything.

``make fuzz`` (100,000 requests) or ``python -m chaos.fuzz --requests N``: the real web process on an embedded PostgreSQL,
with a business that has two of everything that can be named. Every documented example is sent, every boundary
of every field, random good and bad values, and calls that follow from answers. No 5xx, and no answer that its description
does not allow: status, content type, headers, shape. The last line has the counts; exits non-zero on any of these.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaos.fuzz_things import Things, furnish
from chaos.stage import ROOT, Stage, open_stage, utc_now

RESULTS = ROOT / "chaos" / "results.jsonl"
REQUESTS = 100_000
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
    "use_after_free",
)
WORKERS = 2
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass
class Outcome:
    """What came of one run of schemathesis. ``failures``: check → how many requests failed it."""

    exit_code: int
    requests: int
    statuses: dict[str, int]
    failures: dict[str, int]
    output: str

    @property
    def server_errors(self) -> int:
        """Answers of 5xx."""
        return sum(count for status, count in self.statuses.items() if status.startswith("5"))


def run(
    url: str,
    things: Things,
    folder: Path,
    *,
    examples: int,
    seed: int = 1,
    phases: tuple[str, ...] = PHASES,
    named: bool = True,
) -> Outcome:
    """One run against a server that is up.

    :param url: e.g. ``http://127.0.0.1:5001``. :param examples: cases for each operation in the fuzzing phase, at most.
    :param named: whether paths name what there is; else ids are made up.
    """
    log = folder / f"fuzz-{seed}.ndjson"
    argv = [str(Path(sys.executable).with_name("schemathesis"))]
    config = folder / "schemathesis.toml"
    config.write_text(_config(things, named=named))
    description = folder / "openapi.json"
    description.write_bytes(_read(f"{url}/api/openapi.json"))
    argv += ["--config-file", str(config), "run", str(description), "--url", url, "--no-color"]
    argv += ["--seed", str(seed), "--max-examples", str(examples), "--workers", str(WORKERS)]
    argv += [
        "--checks",
        ",".join(CHECKS),
        "--phases",
        ",".join(phases),
        "--continue-on-failure",
        "--no-shrink",
    ]
    argv += ["--report", "ndjson", "--report-ndjson-path", str(log), "--generation-database", "none"]
    argv += ["--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "60"]
    ended = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, env=_environment())
    statuses, failures = _counted(log)
    return Outcome(ended.returncode, sum(statuses.values()), statuses, failures, ended.stdout + ended.stderr)


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=120) as answer:  # noqa: S310 - loopback
        body: bytes = answer.read()
    return body


def _environment() -> dict[str, str]:
    """Calls to this machine go past a system's proxy."""
    return {**os.environ, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def _config(things: Things, *, named: bool) -> str:
    """The key as the scheme that it is, so that schemathesis knows what a call without it means; and ids that exist.

    What deletes has ids of its own, or soon every other call named something that is gone.
    """
    known = things.known if named else {}
    lines = ["[parameters]", *_values(known), "", "[auth.openapi.BearerKey]", f'bearer = "{things.key}"', ""]
    if named:
        lines += ["[[operations]]", 'include-method = "DELETE"', "[operations.parameters]"]
        lines += [*_values(things.spare), ""]
    return "\n".join(lines)


def _values(known: dict[str, str]) -> list[str]:
    return [f'"path.{name}" = "{value}"' for name, value in known.items()]


def _counted(log: Path) -> tuple[dict[str, int], dict[str, int]]:
    statuses: dict[str, int] = {}
    failures: dict[str, int] = {}
    if log.exists():
        with log.open() as lines:
            for line in lines:
                _count(json.loads(line), statuses, failures)
    return statuses, failures


def _count(event: Any, statuses: dict[str, int], failures: dict[str, int]) -> None:
    recorder = next((value.get("recorder") for value in event.values() if isinstance(value, dict)), None)
    if not recorder:
        return
    for interaction in recorder.get("interactions", {}).values():
        response = interaction.get("response")
        word = str(response["status_code"]) if response else "none"
        statuses[word] = statuses.get(word, 0) + 1
    for checks in recorder.get("checks", {}).values():
        for check in checks:
            if check.get("status") == "failure":
                failures[check["name"]] = failures.get(check["name"], 0) + 1


def main() -> int:
    """The long run; 1 on a 5xx or an answer that its description does not allow."""
    parser = argparse.ArgumentParser(prog="python -m chaos.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=400, help="cases for each operation in one round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qafila-fuzz-") as folder:
        Path(folder).chmod(0o755)
        with open_stage(Path(folder), seed=options.seed) as stage:
            rounds = _rounds(stage, options)
    sums: dict[str, Any] = {"requests": sum(one.requests for one in rounds)}
    sums["server_errors"] = sum(one.server_errors for one in rounds)
    sums["failures"] = _merged([one.failures for one in rounds])
    sums["statuses"] = _merged([one.statuses for one in rounds])
    good = not sums["server_errors"] and not sums["failures"] and not any(one.exit_code for one in rounds)
    line = {"kind": "fuzz", "at": datetime.now(UTC).isoformat(timespec="seconds"), "seed": options.seed}
    line |= {"rounds": len(rounds), **sums, "good": good}
    with RESULTS.open("a") as file:
        file.write(json.dumps(line) + "\n")
    sys.stdout.write(json.dumps(line) + "\n")
    return 0 if good else 1


def _rounds(stage: Stage, options: argparse.Namespace) -> list[Outcome]:
    """Rounds with other seeds until there were so many requests: in turns with ids that exist and with any.

    Each has a business of its own: in the one before much was closed, changed and deleted.
    """
    rounds: list[Outcome] = []
    while sum(one.requests for one in rounds) < options.requests:
        seed = options.seed + len(rounds)
        outcome = run(
            f"http://127.0.0.1:{stage.web_port}",
            furnish(utc_now(), f"Fuzz {seed}"),
            stage.folder,
            examples=options.examples,
            seed=seed,
            named=len(rounds) % 2 == 0,
        )
        rounds.append(outcome)
        word = "good" if not outcome.exit_code else outcome.output
        sys.stdout.write(
            f"round {len(rounds)}, seed {seed}: {outcome.requests} requests, {outcome.statuses}: {word}\n"
        )
        sys.stdout.flush()
        if not outcome.requests:
            break
    return rounds


def _merged(counts: list[dict[str, int]]) -> dict[str, int]:
    names = sorted({name for one in counts for name in one})
    return {name: sum(one.get(name, 0) for one in counts) for name in names}


if __name__ == "__main__":
    raise SystemExit(main())
