"""What the command says: plain lines to standard output, refusals to standard error.

Results go to standard output, so that they can be piped; logs (``kit.logs``) go to standard error and to files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 200
"""A pipe has no width: tables keep their lines whole there."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_DISAGREE = 3
"""The two ledgers of a demo disagree."""
EXIT_SETTINGS = 78
"""EX_CONFIG: settings that are not fit to serve; a supervisor need not try again."""


class Refusal(Exception):
    """The command cannot do what was asked. ``sentences`` say why and what to do; ``code`` is stable."""

    def __init__(self, code: str, *sentences: str, exit_code: int = EXIT_REFUSED) -> None:
        super().__init__(" ".join(sentences))
        self.code = code
        self.sentences = sentences
        self.exit_code = exit_code


def say(text: str = "", style: str = "") -> None:
    """One line for a person, as it stands (no markup is read)."""
    out.print(Text(text, style=style))


def data(text: str) -> None:
    """One line for a program: never wrapped, never coloured."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def refuse(code: str, sentences: Iterable[str], exit_code: int = EXIT_REFUSED) -> NoReturn:
    """Says why on standard error and ends the command."""
    for place, sentence in enumerate(sentences):
        for line in sentence.splitlines() or [""]:
            err.print(Text(line, style="bold red" if place == 0 else ""))
    err.print(Text(f"({code})", style="dim"))
    raise SystemExit(exit_code)


def table(*columns: str, right: Iterable[str] = ()) -> Table:
    """A table without a frame; the columns named in ``right`` hold numbers."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in set(right) else "left", overflow="fold")
    return made


def is_terminal() -> bool:
    """Whether a person watches (a progress bar makes sense), rather than a file or a pipe."""
    return out.is_terminal
