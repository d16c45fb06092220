"""The documentation says what the program does: settings, commands, addresses, links, and no loud words."""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path

import click
import pytest
import typer
from pydantic import AliasChoices

from qafila.project.env import Env
from qafila.providers import registry
from tools.provider_table import PAGE, whole

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted(ROOT.glob("docs/*.md"))
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "wa_sandbox/README.md",
    *DOCS,
]
STARTS = {
    "en": ROOT / "docs/quick-start.md",
    **{language: ROOT / f"docs/quick-start.{language}.md" for language in ("ar", "he", "ru")},
}
LETTERS = {"ar": r"[\u0600-\u06ff]", "he": r"[\u0590-\u05ff]", "ru": r"[\u0400-\u04ff]"}
LOUD = re.compile(
    r"\b(?:blazing|revolutionary|world-class|seamless(?:ly)?|cutting-edge|game-chang\w*|effortless(?:ly)?|best-in-class|"
    r"next-generation|unlimited sending|undetectable|anti-ban|ban-proof|bypass\w*|guaranteed delivery)\b|!!",
    re.IGNORECASE,
)
LATER = re.compile(
    r"\b(?:(?:later|next|future|coming) (?:version|release)s?|not (?:there|available|built in|supported|possible) yet|not yet there|"
    r"coming soon|(?:is|are) planned|in this version (?:there|nothing)|(?:nothing|no \w+) in this version|will come)\b|"
    r"(?:следующ|будущ|более поздн)\w+ верси|إصدار (?:لاحق|قادم)|בגרסה (?:הבאה|מאוחרת|עתידית)",
    re.IGNORECASE,
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def code_of(text: str) -> list[str]:
    """Whatever is set as code: blocks with continued lines joined, and spans."""
    blocks = [body.replace("\\\n", " ") for _, body in BLOCK.findall(text)]
    return blocks + re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))


def test_the_table_of_providers_is_made_from_the_code() -> None:
    """``python -m tools.provider_table`` puts it right."""
    page = PAGE.read_text(encoding="utf-8")
    assert whole(page) == page
    assert all(one.proof for one in registry.KINDS.values()), "say what it was tried against"


# --- settings ----------------------------------------------------------------------------------------------------


def settings() -> dict[str, tuple[list[str], bool]]:
    """Field to (the variables that set it, whether it is read and ignored)."""
    found = {}
    for name, field in Env.model_fields.items():
        alias = field.validation_alias
        names = (
            [str(choice) for choice in alias.choices if str(choice) != name]
            if isinstance(alias, AliasChoices)
            else []
        )
        found[name] = (names or [name.upper()], "ignored" in (field.description or ""))
    return found


@pytest.mark.parametrize("setting", settings())
def test_every_setting_is_explained(setting: str) -> None:
    page = (ROOT / "docs/settings.md").read_text()
    names, _ = settings()[setting]
    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parametrize("setting", [name for name, (_, ignored) in settings().items() if not ignored])
def test_every_setting_that_does_something_is_in_the_example(setting: str) -> None:
    """Commented out counts: some have no value that fits everybody."""
    first = settings()[setting][0][0]
    assert re.search(rf"^(?:# ?)?{first}=", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_no_setting_is_explained_that_is_not_there() -> None:
    known = {name for names, _ in settings().values() for name in names}
    compose = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    rows = re.findall(
        r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
    )
    said = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(said) > 15
    assert said - known - compose == set()


# --- commands ----------------------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def calls(text: str, program: str) -> list[list[str]]:
    """The words behind each call of a program in code, up to what ends a command."""
    found = []
    for code in code_of(text):
        for line in code.splitlines():
            for rest in re.findall(rf"(?:^|[\s;|]|bin/){program}((?:[ \t]+[^;|#&\n]*)?)(?=$|[;|#&\n])", line):
                found.append(re.sub(r'"[^"]*"', "TEXT", rest).split())
    return found


@each_page
def test_every_make_target_is_there(page: Path) -> None:
    named = [
        words[0] for words in calls(page.read_text(), "make") if words and re.fullmatch(r"[a-z-]+", words[0])
    ]
    assert [target for target in named if target not in targets()] == []


@each_page
def test_every_command_is_there_with_its_options(page: Path) -> None:
    from qafila.cli.main import app

    top = typer.main.get_command(app)
    assert [problem for words in calls(page.read_text(), "qafila") if (problem := _problem(top, words))] == []


def _problem(top: click.Command, words: list[str]) -> str:
    command, rest = top, words
    while rest and getattr(command, "commands", None) and not rest[0].startswith("-"):
        if not re.fullmatch(r"[a-z][a-z-]*", rest[0]):
            return ""  # a sentence or a picture, not a call
        if rest[0] not in command.commands:  # type: ignore[attr-defined]
            return f"qafila {' '.join(words)}: there is no {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]  # type: ignore[attr-defined]
    if command.context_settings.get("ignore_unknown_options"):
        return ""
    known = {option for parameter in command.params for option in (*parameter.opts, "--help", "-h")}
    unknown = [word for word in rest if word.startswith("-") and word.split("=")[0] not in known]
    return f"qafila {' '.join(words)}: no option {unknown[0]}" if unknown else ""


def test_calls_are_found_where_they_are() -> None:
    text = "```sh\nA=b .venv/bin/qafila up --port 5 # x\n```\nor `qafila keys nonsense`, `make lint ARGS=x`"
    assert calls(text, "qafila") == [["up", "--port", "5"], ["keys", "nonsense"]]
    assert calls(text, "make") == [["lint", "ARGS=x"]]


# --- addresses of the API ----------------------------------------------------------------------------------------


def shape(path: str) -> str:
    """`/api/contracts/:id/start`, with whatever name for the id, as one form."""
    path = path.split("?", maxsplit=1)[0].rstrip("/.,")
    return re.sub(r"/(?::\w+|\{\w+\}|[A-Z][A-Z_]+|\$\w+|contract_\w+|…)(?=/|$)", "/*", path)


@functools.cache
def served() -> set[tuple[str, str]]:
    from qafila.api.door import api

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    found = {(method.upper(), shape(path)) for path, methods in paths.items() for method in methods}
    return found | {
        ("GET", "/health"),
        ("GET", "/health/live"),
        ("GET", "/api/docs"),
        ("GET", "/api/openapi.json"),
    }


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=name_of)
def test_every_address_is_served(page: Path) -> None:
    known = served()
    paths = {path for _, path in known}
    wrong = []
    for code in code_of(page.read_text()):
        for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/(?:api|health)[^\s`\"']*)", code):
            if (method, shape(path)) not in known:
                wrong.append(f"{method} {path}")
        for path in re.findall(r"(?<![\w.])(?:https?://[\w.:]+)?(/(?:api|health)(?:/[^\s`\"']*)?)", code):
            if shape(path) not in paths:
                wrong.append(path)
    assert wrong == []


# --- links, tone, languages --------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text()), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.strip().lower()) for head in heads)
    return {text.replace(" ", "-") for text in plain}


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(BLOCK.sub("", page.read_text())):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@each_page
def test_no_loud_words_and_no_emoji(page: Path) -> None:
    text = page.read_text()
    assert LOUD.findall(text) == []
    assert {c for c in text if unicodedata.category(c) == "So" and ord(c) > 0x2600} == set()


@pytest.mark.parametrize("page", [*DOCS, ROOT / "wa_sandbox/README.md"], ids=name_of)
def test_no_page_puts_off_what_may_be_there_by_now(page: Path) -> None:
    """Such a sentence is true on the day it is written, and nobody reads it again when the thing comes. What is not there
    stands in one place, the README."""
    assert [found[0] for found in LATER.finditer(" ".join(page.read_text().split()))] == []


def test_a_page_that_puts_off_is_found() -> None:
    for text in (
        "packages come in a later version.",
        "the command is not there yet",
        "Nothing in this version pauses",
    ):
        assert LATER.search(text), text
    assert LATER.findall("An older program runs on a newer schema; the next free port; why not yet") == []


def test_the_readme_has_the_two_commands_and_fits_on_two_pages() -> None:
    text = (ROOT / "README.md").read_text()
    assert "\nmake demo\nmake test\n" in text
    assert text.count("![") == 4
    assert len(text.splitlines()) < 110


def test_pictures_are_light() -> None:
    heavy = [path.name for path in (ROOT / "docs" / "pictures").iterdir() if path.stat().st_size > 150_000]
    assert heavy == []


def test_every_page_of_the_docs_is_linked_from_the_readme() -> None:
    linked = {
        (ROOT / target.split("#")[0]).resolve() for target in LINK.findall((ROOT / "README.md").read_text())
    }
    assert [name_of(page) for page in DOCS if page.resolve() not in linked] == []


@pytest.mark.parametrize("language", ["ar", "he", "ru"])
def test_the_quick_starts_hold_the_same_commands(language: str) -> None:
    text = STARTS[language].read_text()
    assert BLOCK.findall(text) == BLOCK.findall(STARTS["en"].read_text())
    prose = BLOCK.sub("", text).split("\n\n")[2:]  # behind the heading and the line with the other languages
    foreign = [part for part in prose if part.strip() and not re.search(LETTERS[language], part)]
    assert foreign == []


def test_the_picture_is_plain_svg() -> None:
    text = (ROOT / "docs/picture.svg").read_text()
    assert text.startswith("<svg ")
    assert "<title" in text
    assert not re.search(r"<script|<image|href=", text)
