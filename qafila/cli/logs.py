"""Logs of the processes the command starts: role-named files in ``<data>/logs``, and lines on standard error."""

from __future__ import annotations

import logging
from pathlib import Path

from qafila.cli.screen import Refusal
from qafila.kit import logs
from qafila.project.env import Env

CONSOLE_OFF = "OFF"
_QUIETER = {"procrastinate": "WARNING"}
"""Says several things about every job."""


def begin(env: Env, role: str, *, console_level: str | None = None) -> Path:
    """Sets logging up for this process and gives the folder of its files.

    :param role: ``up``, ``web``, ``worker``: a part of the file's name.
    :param console_level: shows only so much on standard error (the files keep all); ``OFF`` nothing.
    :raises Refusal: ``logs_unwritable``.
    """
    folder = env.data / "logs"
    levels = {**_QUIETER, **env.module_levels}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        logs.configure(env.log_level, levels, folder / "qafila.log", env.log_json, role=role)
    except OSError as exc:
        raise Refusal(
            "logs_unwritable",
            f"Logs cannot be written to {folder} ({exc.strerror}).",
            "Run this as the user whose data folder it is, or give this user the right.",
        ) from exc
    single = (env.api_secret_key, env.secret_key, env.email_password)
    for secret in (*(key.get_secret_value() for key in single), *env.listed_encryption_keys):
        if secret:
            logs.register_secret(secret)
    if console_level is not None:
        level = (
            logging.CRITICAL + 1
            if console_level == CONSOLE_OFF
            else logging.getLevelNamesMapping()[console_level]
        )
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
                handler.setLevel(level)
    return folder


def begin_command(env: Env) -> None:
    """The logs of a short command, unless this process has its own: all in ``qafila-command.log``, warnings on standard error.

    Commands that run at one moment get files of their own (``qafila-command-2.log``).

    :raises Refusal: ``logs_unwritable``.
    """
    if not logs.configured():
        begin(env, "command", console_level="WARNING")
