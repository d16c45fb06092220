"""Promise 59 at its smallest: canaries through every door of the logging, and none of them in any output."""

import io
import json
import logging
import os
import re
import subprocess
import sys

import pytest
from django.template import Context, Engine

from qafila.kit import logs, redaction

TOKEN = "EAAGcanary0123456789abcdefXYZ"
SETTING = "hunter2/hunter2+quite long"
TEXT = "Dear Maryam, your results are ready"
PHONE = "+79991234567"


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """Logging into memory and into files; everything put back afterwards."""
    root = logging.getLogger()
    kept = (list(root.handlers), root.level, sys.excepthook)
    monkeypatch.setattr(redaction, "_registered", ())

    def configure(**options):
        stream = io.StringIO()
        files = logs.configure(
            options.pop("level", "INFO"), stream=stream, file=tmp_path / "qafila.log", **options
        )
        return stream, files

    yield configure
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.handlers[:], root.level, sys.excepthook = kept


def spill(log):
    log.info(
        "Sent", token=TOKEN, text=TEXT, to=PHONE, headers={"Authorization": f"Bearer {TOKEN}", "body": TEXT}
    )
    log.warning(
        f"GET /x?access_token={TOKEN}&phone=%2B79991234567 by {SETTING}", rows=[{"message_text": TEXT}]
    )
    log.info("Number", phone=79991234567, raw=TEXT.encode(), key="qf_abcdefgh_" + "a" * 43)
    foreign = logging.getLogger("uvicorn.access")
    foreign.info('%s - "%s %s"', "127.0.0.1", "GET", f"/hook?token={TOKEN}")
    logging.getLogger("django.request").error(
        "Bad %s", {"password": TOKEN, "to": PHONE}, extra={"text": TEXT}
    )
    logging.getLogger("procrastinate").info("X-API-Key: %s postgres://u:%s@h/db", TOKEN, "pw-canary")
    try:
        raise RuntimeError(f"DETAIL:  Failing row contains (1, {TEXT}). Key (phone)=({PHONE}) {SETTING}")
    except RuntimeError:
        log.exception("Storing failed")


@pytest.mark.parametrize("as_json", [False, True])
def test_no_canary_in_any_output(configured, as_json):
    stream, files = configured(json=as_json)
    logs.register_secret(SETTING, "ab")
    spill(logs.get_logger("qafila.dispatch"))
    outputs = [stream.getvalue(), files.main.read_text(), files.errors.read_text()]
    assert outputs[0] == outputs[1]
    assert outputs[2]
    for output in outputs:
        for canary in (TOKEN, SETTING, "Maryam", "79991234567", "pw-canary", "a" * 43):
            assert canary not in output
    assert "+7999•••4567" in outputs[0]
    assert "RuntimeError" in outputs[0] or "Traceback" in outputs[0]
    assert "qf_abcdefgh_[redacted]" in outputs[0] or "key=[redacted]" in outputs[0]


@pytest.mark.parametrize("named", [{}, {"django.template": "DEBUG"}, {"django": "DEBUG"}])
def test_a_page_is_never_written_into_the_log(configured, named):
    stream, files = configured(level="DEBUG", module_levels=named)
    page = Engine().from_string("{% if text.missing %}{{ text.other }}{% endif %}")
    page.render(Context({"text": TEXT, "code": "ABCD-EFGH"}))
    logging.getLogger("django.template").info("heard")
    assert "Maryam" not in stream.getvalue() + files.main.read_text()
    assert "ABCD-EFGH" not in stream.getvalue()
    assert "heard" in stream.getvalue()


def test_lines_carry_the_plain_level_word(configured):
    stream, files = configured()
    logs.get_logger("qafila.api").error("It broke", code="internal_error")
    line = stream.getvalue()
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z ERROR +qafila.api: It broke \| code=internal_error\n\Z", line)
    assert files.errors.read_text() == line


def test_json_lines_can_be_read(configured):
    stream, _ = configured(json=True)
    logs.get_logger("qafila.api").warning("Slow", took_ms=12.5, name="Иван")
    entry = json.loads(stream.getvalue())
    assert list(entry)[:4] == ["timestamp", "level", "logger", "event"]
    assert entry["level"] == "WARNING"
    assert entry["took_ms"] == 12.5
    assert entry["name"] == "Иван"


def test_levels_per_module(configured):
    stream, _ = configured(
        level="WARNING", module_levels={"qafila.dispatch": "DEBUG", "uvicorn.access": "ERROR"}
    )
    logs.get_logger("qafila.dispatch.lanes").debug("seen")
    logs.get_logger("qafila.api").info("unseen")
    logging.getLogger("uvicorn.access").warning("unseen")
    logging.getLogger("django.db").warning("seen")
    assert stream.getvalue().count("seen") == 2
    assert "unseen" not in stream.getvalue()


def test_an_unknown_level_is_explained(configured):
    with pytest.raises(ValueError, match=r"'LOUD' does not exist. Use one of DEBUG"):
        configured(level="LOUD")


def test_a_value_cannot_begin_a_line_of_its_own(configured):
    stream, _ = configured()
    logs.get_logger("qafila.api").info("a\nERROR forged", name="b\n\x1b[31mERROR forged\u2028")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_files_rotate_and_are_private(configured, monkeypatch):
    monkeypatch.setattr(logs, "MAX_FILE_BYTES", 2000)
    _, files = configured(role="web")
    assert files.main.name == "qafila-web.log"
    for number in range(200):
        logs.get_logger("qafila.api").info("A line of some length to fill the file", number=number)
    kept = sorted(name for name in os.listdir(files.main.parent) if name.startswith("qafila-web.log"))
    assert kept == ["qafila-web.log", *(f"qafila-web.log.{number}" for number in range(1, 6))]
    assert files.main.stat().st_mode & 0o777 == 0o600
    assert not files.errors.exists()


def test_two_processes_of_a_role_never_share_a_file(configured):
    _, files = configured(role="worker")
    script = (
        "import pathlib, sys; from qafila.kit import logs\n"
        f"print(logs.configure(file=pathlib.Path({str(files.main.with_name('qafila.log'))!r}), role='worker').main.name)"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == "qafila-worker-2.log"


def test_an_uncaught_exception_is_logged_without_secrets(configured):
    stream, _ = configured()
    try:
        raise RuntimeError(f"token={TOKEN}")
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    assert "CRITICAL" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_a_full_disk_is_reported_without_the_line(configured, capsys):
    stream, _ = configured()
    stream.close()
    logs.get_logger("qafila.api").info(f"Something {TEXT}")
    assert (
        capsys.readouterr().err == "ERROR A log line of qafila.api could not be written. Is the disk full?\n"
    )


def test_what_the_job_library_says_of_a_job_is_short(configured):
    """It hands over its worker, the whole job and its arguments with each line."""
    stream, _ = configured()
    job = {
        "id": 7,
        "task_name": "web.export",
        "call_string": f"web.export[7](query={TEXT!r})",
        "task_kwargs": {"query": TEXT},
        "queue": "default",
        "lock": None,
    }
    logging.getLogger("procrastinate.worker.worker").info(
        f"Job {job['call_string']} ended with status: Success, lasted 1.000 s - Result: {TEXT}",
        extra={
            "action": "job_success",
            "worker": {"name": "worker", "worker_id": 1, "job_id": 7, "queues": ["default"]},
            "job": job,
            "result": TEXT,
            "start_timestamp": 1.0,
            "end_timestamp": 2.0,
            "duration": 1.0,
        },
    )
    line = stream.getvalue()
    assert "web.export[7] ended with status" in line
    assert "Result" not in line
    assert line.endswith("| action=job_success duration=1.0 job=7 task=web.export\n")
    assert "Maryam" not in line
