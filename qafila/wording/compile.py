"""Translations without the gettext tools: ``python -m qafila.wording.compile extract|compile|check``.

``extract`` brings every text of the program (catalogue, code, templates) into the three ``django.po``, keeping what is
translated; ``compile`` makes the ``.mo`` files; ``check`` lists what is untranslated, fuzzy or out of step. Needs Babel,
which comes with the development requirements.
"""

from __future__ import annotations

import functools
import gettext
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from qafila.wording.languages import DEFAULT, LANGUAGES
from qafila.wording.saying import LOCALE_FOLDER

SOURCE = Path(__file__).parent.parent
DOMAIN = "django"
PLURAL_FORMS = {
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
    ),
    "he": "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);",
    "ru": (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
    ),
}
PLACE = re.compile(r"\{\w+\}|%\(\w+\)[sd]|%[sd]")
"""Where a value is put into a text: ``{name}`` of the catalogue, ``%(name)s`` of pages and code."""
_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "counted": (1, 2),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def po_path(language: str) -> Path:
    """The source file of a language's translations."""
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def translated() -> list[str]:
    """The languages that have a file."""
    return [language for language in LANGUAGES if language != DEFAULT]


def load(language: str) -> Catalog:
    """Reads a language's ``.po``; an empty catalogue if there is none."""
    path = po_path(language)
    if not path.exists():
        return _empty(language)
    return _read(language, path.read_bytes())


@functools.cache
def _read(language: str, written: bytes) -> Catalog:
    """The catalogue that stands in these bytes. Reading takes half a second: it is shared, and nobody may change it."""
    catalog = read_po(io.BytesIO(written), locale=language, domain=DOMAIN)
    # A fixed date: compiling twice must give the same bytes.
    catalog.creation_date = catalog.revision_date = _UNDATED
    return catalog


def _empty(language: str) -> Catalog:
    catalog = Catalog(locale=language, domain=DOMAIN, fuzzy=False, charset="utf-8")
    # Babel knows other plural forms of Hebrew than CLDR has today; the header decides for all readers.
    catalog.mime_headers = [("Plural-Forms", PLURAL_FORMS[language])]
    catalog.header_comment = (
        "# Translations of Qafila. Edit this file by hand, then: python -m qafila.wording.compile compile"
    )
    return catalog


class Text(NamedTuple):
    """A text that is marked for translation: one string, or singular and plural; and the file it stands in (relative).

    ``context`` tells texts apart that are alike in English (``pgettext``).
    """

    message: str | tuple[str, ...]
    context: str | None
    place: str

    @property
    def key(self) -> tuple[str, str | None]:
        """What a catalogue finds it by."""
        return (self.message if isinstance(self.message, str) else self.message[0]), self.context


@functools.cache
def texts() -> tuple[Text, ...]:
    """Every text in the program that is marked for translation."""
    return tuple(_texts())


def _texts() -> Iterator[Text]:
    for path in sorted(SOURCE.rglob("*")):
        if (
            path.suffix not in (".py", ".html", ".txt")
            or "migrations" in path.parts
            or "static" in path.parts
        ):
            continue
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            if not any(f"{keyword}(" in source for keyword in _KEYWORDS):
                continue
        elif "templates" in path.parts and "{%" in source:
            # What Django makes of a template reads like Python, but for its indentation.
            source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
        else:
            continue
        name = path.relative_to(SOURCE.parent).as_posix()
        # Babel wants bytes; the coding line is for its tokeniser.
        found = extract(
            "python", io.BytesIO(source.encode()), keywords=_KEYWORDS, options={"encoding": "utf-8"}
        )
        for _line, message, _comments, context in found:
            yield Text(message if isinstance(message, str) else tuple(message), context, name)


def extract_texts(language: str) -> Catalog:
    """The language's catalogue brought up to date with the program: nothing translated is lost, nothing obsolete kept."""
    old = load(language)
    new = _empty(language)
    for text in texts():
        known = old.get(*text.key)
        string = known.string if known is not None and _same_shape(known, text.message) else None
        new.add(
            text.message,
            string=string or None,
            locations=[(text.place, 0)],
            flags=_flags(text.message),
            context=text.context,
        )
    return new


def _same_shape(known: Message, message: str | tuple[str, ...]) -> bool:
    return isinstance(known.id, str) == isinstance(message, str)


def _flags(message: str | tuple[str, ...]) -> list[str]:
    return ["python-brace-format"] if "{" in "".join(message) else []


def po_bytes(catalog: Catalog) -> bytes:
    """The ``.po`` file of a catalogue: stable, so that a change shows as a small difference."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=110, sort_output=False, include_lineno=False, omit_header=True)
    header = (
        f"{catalog.header_comment}\n"
        'msgid ""\nmsgstr ""\n'
        '"Project-Id-Version: qafila\\n"\n'
        f'"Language: {catalog.locale_identifier}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {PLURAL_FORMS[str(catalog.locale_identifier)]}\\n"\n\n'
    )
    return header.encode() + buffer.getvalue()


def mo_bytes(language: str) -> bytes:
    """The ``.mo`` file that belongs to a language's ``.po``."""
    path = po_path(language)
    return _compiled(language, path.read_bytes() if path.exists() else None)


@functools.cache
def _compiled(language: str, written: bytes | None) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, _empty(language) if written is None else _read(language, written), use_fuzzy=False)
    return buffer.getvalue()


def problems(language: str) -> list[str]:
    """What is wrong with a language's files; empty when all is well."""
    catalog = load(language)
    found = []
    if catalog.header_comment and catalog.fuzzy:
        found.append("the header is fuzzy")
    forms = catalog.num_plurals
    known = {
        (message.id[0] if isinstance(message.id, tuple) else message.id, message.context)
        for message in catalog
        if message.id
    }
    for message in catalog:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = forms if isinstance(message.id, tuple) else 1
        if message.fuzzy:
            found.append(f"fuzzy: {message.id!r}")
        if len(strings) != wanted or not all(strings):
            found.append(f"untranslated: {message.id!r}")
        found += [f"other places than {message.id!r}: {text!r}" for text in out_of_step(message)]
    found += [f"missing: {text.message!r} ({text.place})" for text in texts() if text.key not in known]
    mo_path = po_path(language).with_suffix(".mo")
    if not mo_path.exists() or _meaning(mo_path.read_bytes()) != _meaning(mo_bytes(language)):
        found.append("the .mo file does not belong to the .po file: run compile")
    return found


def out_of_step(message: Message) -> list[str]:
    """The translations of a text that have other :data:`PLACE` than it has; untranslated ones are not looked at.

    Forms for zero, one and two may leave a place out: in Arabic and Hebrew they are words, where a figure would be clumsy.
    """
    is_counted = isinstance(message.id, tuple)
    english = str(message.id[-1] if isinstance(message.id, tuple) else message.id)
    wanted = sorted(PLACE.findall(english))
    strings = [
        str(text or "")
        for text in (message.string if isinstance(message.string, tuple) else (message.string,))
    ]
    wrong = []
    for form, text in enumerate(strings):
        found = sorted(PLACE.findall(text))
        may_leave_out = is_counted and form < len(strings) - 1
        if text and found != wanted and not (may_leave_out and set(found) < set(wanted)):
            wrong.append(text)
    return wrong


def _meaning(compiled: bytes) -> dict[object, object]:
    """The texts of a ``.mo`` file without its header, which names the tool that wrote it."""
    read: dict[object, object] = dict(vars(gettext.GNUTranslations(io.BytesIO(compiled)))["_catalog"])
    read.pop("", None)
    return read


def main(arguments: list[str]) -> int:
    """The command line. 0 when all went well, 1 when ``check`` found something, 2 for a wrong word."""
    word = arguments[0] if len(arguments) == 1 else ""
    if word not in ("extract", "compile", "check"):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    failed = False
    for language in translated():
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        if word == "extract":
            path.write_bytes(po_bytes(extract_texts(language)))
        elif word == "compile":
            path.with_suffix(".mo").write_bytes(mo_bytes(language))
        for problem in problems(language) if word == "check" else []:
            failed = True
            sys.stdout.write(f"{language}: {problem}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
