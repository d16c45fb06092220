"""What a workbook says about itself: its sheets in their order, its date system, its number formats."""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from qafila.kit.tables.xlsx.archive import Archive, unreadable, unsafe
from qafila.kit.tables.xlsx.numbers import BUILT_IN, Format, read_format

_MOST_SHEETS = 500
_MOST_STYLES = 100_000
_MOST_TAGS = 600_000
_LONGEST_NAME = 100


class Sheet(NamedTuple):
    """A sheet that holds cells.

    :ivar part: its part in the archive.
    """

    name: str
    part: str
    hidden: bool


class Workbook:
    """The frame around the cells.

    :ivar sheets: in the order of the tabs.
    :ivar formats: the number format of each cell style, by number.
    :ivar from_1904: days are counted from 1904 (old files of a Macintosh).
    :ivar strings: the part with the shared texts, or "".
    """

    def __init__(self, archive: Archive) -> None:
        main = _part_of_type(archive, "_rels/.rels", "/officeDocument") or "xl/workbook.xml"
        if main.lower() not in archive:
            raise unreadable("it is not an Excel workbook (.xlsx)")
        root = _parse(archive, main)
        relations = _relations(archive, main)
        self.from_1904 = any(
            _attribute(element, "date1904") in ("1", "true") for element in _children(root, "workbookPr")
        )
        self.sheets = list(_sheets(root, relations, archive))
        if not self.sheets:
            raise unreadable("it has no sheet with cells")
        self.strings = _of_type(relations, "/sharedStrings", archive)
        styles = _of_type(relations, "/styles", archive)
        self.formats = _formats(_parse(archive, styles)) if styles else []


def _sheets(root: Element, relations: dict[str, tuple[str, str]], archive: Archive) -> Iterator[Sheet]:
    for holder in _children(root, "sheets"):
        for place, element in enumerate(_children(holder, "sheet")):
            if place >= _MOST_SHEETS:
                raise unsafe("it has more sheets than a workbook has")
            kind, part = relations.get(_attribute(element, "id"), ("", ""))
            if kind.endswith("/worksheet") and part in archive:
                state = _attribute(element, "state")
                yield Sheet(_attribute(element, "name")[:_LONGEST_NAME], part, state not in ("", "visible"))


def _formats(root: Element) -> list[Format]:
    codes = dict(BUILT_IN)
    for holder in _children(root, "numFmts"):
        for element in _children(holder, "numFmt"):
            with contextlib.suppress(ValueError):
                codes[int(_attribute(element, "numFmtId")[:9])] = _attribute(element, "formatCode")
    found: list[Format] = []
    for holder in _children(root, "cellXfs"):
        for element in _children(holder, "xf"):
            number = _attribute(element, "numFmtId")[:9]
            code = codes.get(int(number), "General") if number.isdecimal() else "General"
            found.append(read_format(code))
            if len(found) > _MOST_STYLES:
                raise unsafe("it has more styles than a workbook has")
    return found


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Id to (type, part) of everything a part points to inside the file; links to elsewhere are left out."""
    folder, name = posixpath.split(part)
    where = f"{folder}/_rels/{name}.rels".lstrip("/")
    if where.lower() not in archive:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for element in _children(_parse(archive, where), "Relationship"):
        if _attribute(element, "TargetMode") == "External":
            continue
        target = _attribute(element, "Target")
        path = target if target.startswith("/") else posixpath.join("/", folder, target)
        found[_attribute(element, "Id")] = (
            _attribute(element, "Type"),
            posixpath.normpath(path).lstrip("/").lower(),
        )
    return found


def _part_of_type(archive: Archive, where: str, ending: str) -> str:
    if where not in archive:
        return ""
    for element in _children(_parse(archive, where), "Relationship"):
        if _attribute(element, "Type").endswith(ending) and _attribute(element, "TargetMode") != "External":
            return posixpath.normpath("/" + _attribute(element, "Target")).lstrip("/").lower()
    return ""


def _of_type(relations: dict[str, tuple[str, str]], ending: str, archive: Archive) -> str:
    return next((part for kind, part in relations.values() if kind.endswith(ending) and part in archive), "")


def _parse(archive: Archive, part: str) -> Element:
    data = archive.small(part.lower())
    if data.count(b"<") > _MOST_TAGS:  # counted before a tree is made of it
        raise unsafe("it has more styles or sheets than a workbook has")
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as refusal:
        raise unsafe("it defines entities of its own") from refusal
    except (ParseError, ValueError, LookupError) as refusal:
        raise unreadable("the XML is damaged") from refusal
    return root


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == name)


def _attribute(element: Element, name: str) -> str:
    """An attribute by its name, whatever the namespace."""
    value = element.get(name)
    if value is not None:
        return value
    return next((found for key, found in element.attrib.items() if key.rpartition("}")[2] == name), "")
