"""Logs of the processes the command starts: role-named files in ``<data>/logs``, and lines on standard error."""

from __future__ import annotations

import logging
from pathlib import Path

from qafila.kit import logs
from qafila.project.env import Env

CONSOLE_OFF = "OFF"
_QUIETER = {"procrastinate": "WARNING"}
"""Says several things about every job."""


def begin(env: Env, role: str, *, console_level: str | None = None) -> Path:
    """Sets logging up for this process and gives the folder of its files.

    :param role: ``up``, ``web``, ``worker``: a part of the file's name.
    :param console_level: shows only so much on standard error (the files keep all); ``OFF`` nothing.
    """
    folder = env.data / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    levels = {**_QUIETER, **env.module_levels}
    logs.configure(env.log_level, levels, folder / "qafila.log", env.log_json, role=role)
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
