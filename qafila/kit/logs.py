"""Logging for every process of the house: structlog over the standard library, secrets removed on the way out.

Console lines carry the plain level word, so that ``logs -f wa-manager | grep ERROR`` works. Files rotate at 10 MB, five
old ones are kept, errors also stand in a file of their own. Foreign loggers (uvicorn, django, procrastinate) go the same way.
"""

from __future__ import annotations

import contextlib
import json as json_module
import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, TextIO

import structlog
from structlog.typing import EventDict, Processor

from qafila.kit.redaction import redact, register_secret

__all__ = ["LogFiles", "configure", "configured", "get_logger", "register_secret"]

MAX_FILE_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_MOST_PROCESSES_OF_A_ROLE = 200
_FOREIGN = ("uvicorn", "django", "procrastinate", "asyncio", "py.warnings")
_HEAD = ("timestamp", "level", "logger", "event", "exception", "stack")
_FOREIGN_OBJECTS = frozenset({"request", "response", "server_time", "color_message", "websocket", "taskName"})
_PAGES = "django.template"
"""Below INFO it writes everything that a page was given, texts and names included, whenever a name is missing there."""
_JOBS = "procrastinate"
_JOB_KEYS = frozenset({*_HEAD, "action", "duration", "exc_info", "stack_info"})
_JOB_RESULT = " - Result: "
_locks: list[IO[bytes]] = []


class LogFiles(NamedTuple):
    """Where this process writes."""

    main: Path
    errors: Path


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: ``log = get_logger(__name__)``, then ``log.info("Lane claimed", sender=str(public_id))``."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure(
    level: str = "INFO",
    module_levels: Mapping[str, str] | None = None,
    file: Path | None = None,
    json: bool = False,
    *,
    role: str = "",
    stream: TextIO | None = None,
) -> LogFiles | None:
    """Sets logging up for this process; may be called again and then replaces the earlier set-up.

    :param level: one of :data:`LEVELS`, for everything that ``module_levels`` does not name.
    :param module_levels: logger name to level, e.g. ``{"qafila.dispatch": "DEBUG"}``.
    :param file: e.g. ``<data>/logs/qafila.log``; None writes to the console only.
    :param json: one JSON object a line on the console and in the files.
    :param role: ``web``, ``worker`` …: the file becomes ``qafila-worker.log``; a second worker gets ``qafila-worker-2.log``,
        since two processes cannot rotate one file.
    :param stream: where console lines go; standard error by default.
    :returns: the files of this process, or None without files.
    :raises ValueError: for a level that does not exist.
    """
    root_level = _level(level)
    levels = {name: _level(word) for name, word in (module_levels or {}).items()}
    console = _Console(stream or sys.stderr)
    handlers: list[logging.Handler] = [console]
    files = _claim_files(file, role) if file is not None else None
    if files is not None:
        handlers += [_RotatingFile(files.main), _RotatingFile(files.errors)]
        handlers[-1].setLevel(logging.ERROR)
    formatter = _formatter(json=json)
    for handler in handlers:
        handler.setFormatter(formatter)
    _install(handlers, root_level, levels)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    return files


def configured() -> bool:
    """Whether :func:`configure` was called in this process."""
    return any(isinstance(handler, _Console) for handler in logging.getLogger().handlers)


def _level(word: str) -> int:
    if word.upper() not in LEVELS:
        raise ValueError(f"The log level {word!r} does not exist. Use one of {', '.join(LEVELS)}.")
    return int(getattr(logging, word.upper()))


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
    ]


def _formatter(*, json: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder(), _drop_objects],
        processors=[
            _stamp,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact,
            _render_json if json else _render_line,
        ],
    )


def _stamp(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The time of the record itself, so that console and files show the same one."""
    created = datetime.fromtimestamp(event["_record"].created, UTC)
    event["timestamp"] = created.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return event


def _drop_objects(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Foreign records carry whole requests and coloured copies of their message; neither says more than the message."""
    if str(event.get("logger", "")).startswith(_JOBS):
        return _shorten_job(event)
    return {key: value for key, value in event.items() if key not in _FOREIGN_OBJECTS}


def _shorten_job(event: EventDict) -> EventDict:
    """The job library tells all it knows of its worker and the job with each line, arguments included: task and number do."""
    kept = {key: value for key, value in event.items() if key in _JOB_KEYS or key.startswith("_")}
    job = event.get("job")
    if isinstance(job, Mapping):
        kept["job"], kept["task"] = job.get("id"), job.get("task_name")
        told, says = str(job.get("call_string", "")), str(kept.get("event", ""))
        says = says.replace(told, f"{kept['task']}[{kept['job']}]") if told else says
        kept["event"] = says.partition(_JOB_RESULT)[0]
    return kept


def _render_line(_logger: Any, _method: str, event: EventDict) -> str:
    level = str(event.get("level", "info")).upper()
    pairs = " ".join(f"{key}={_plain(value)}" for key, value in event.items() if key not in _HEAD)
    line = f"{event.get('timestamp', '')} {level:<8} {event.get('logger', '')}: {_one_line(str(event.get('event', '')))}"
    line = f"{line} | {pairs}" if pairs else line
    for key in ("exception", "stack"):
        if event.get(key):
            line = f"{line}\n{event[key]}"
    return line


def _render_json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    event["level"] = str(event.get("level", "info")).upper()
    ordered = {key: event[key] for key in _HEAD if key in event} | dict(event)
    return json_module.dumps(ordered, ensure_ascii=False, default=str)


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json_module.dumps(value, ensure_ascii=False, default=str)
    return _one_line(f'"{text}"' if " " in text and not text.startswith(("{", "[")) else text)


def _one_line(text: str) -> str:
    """A value from outside must not be able to begin a line of its own, nor to steer a terminal."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _install(handlers: list[logging.Handler], root_level: int, levels: Mapping[str, int]) -> None:
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old, _Console | _RotatingFile):
            old.close()
        root.removeHandler(old)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(root_level)
    existing = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in _FOREIGN]
    for name in {*_FOREIGN, *existing}:
        foreign = logging.getLogger(name)
        foreign.handlers.clear()
        foreign.propagate = True
        foreign.setLevel(logging.NOTSET)
    for name, number in levels.items():
        logging.getLogger(name).setLevel(number)
    pages = logging.getLogger(_PAGES)
    pages.setLevel(max(logging.INFO, pages.getEffectiveLevel()))
    logging.captureWarnings(True)


class _Calm:
    """A line that cannot be written (disk full, pipe closed) is reported by a fixed sentence, never by its content."""

    def handleError(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"ERROR A log line of {record.name} could not be written. Is the disk full?\n")


class _Console(_Calm, logging.StreamHandler[TextIO]):
    pass


class _RotatingFile(_Calm, RotatingFileHandler):
    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        Path(self.baseFilename).chmod(0o600)
        return stream


def _claim_files(file: Path, role: str) -> LogFiles:
    """The first free name of the role. The lock is held as long as the process lives."""
    file.parent.mkdir(parents=True, exist_ok=True)
    while _locks:
        _locks.pop().close()
    base = f"{file.stem}-{role}" if role else file.stem
    for number in range(1, _MOST_PROCESSES_OF_A_ROLE):
        name = base if number == 1 else f"{base}-{number}"
        if _lock(file.with_name(f".{name}.lock")):
            suffix = file.suffix or ".log"
            return LogFiles(file.with_name(f"{name}{suffix}"), file.with_name(f"{name}.errors{suffix}"))
    raise ValueError(f"More than {_MOST_PROCESSES_OF_A_ROLE} processes of one role log into {file.parent}.")


def _lock(path: Path) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: one process of a role, as the documentation says.
        return True
    handle = path.open("ab")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return False
    _locks.append(handle)
    return True


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("qafila").critical("The process stopped unexpectedly", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit and args.exc_value is not None:
        logging.getLogger("qafila").error(
            "A thread stopped unexpectedly", exc_info=(args.exc_type, args.exc_value, args.exc_traceback)
        )
