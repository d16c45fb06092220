"""Workbooks that are built to do harm, and what must become of each: a refusal code, or a quiet reading."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
GOOD_ROWS = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row><row r="2"><c r="A2"><v>972501234567</v></c></row>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BILLION = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'


def sheet(rows: str = GOOD_ROWS, *, before: str = "", after: str = "") -> str:
    return f'{XML}{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def parts(**changed: str | bytes) -> dict[str, str | bytes]:
    """The parts of a small honest workbook, some of them exchanged."""
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId4" Type="{OFFICE}/externalLink" Target="http://127.0.0.1:9/x" TargetMode="External"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet(),
    }
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "strings": "xl/sharedStrings.xml",
        "styles": "xl/styles.xml",
    }
    names |= {"book": "xl/workbook.xml", "rels": "xl/_rels/workbook.xml.rels"}
    found.update({names.get(name, name): content for name, content in changed.items()})
    return found


def packed(members: dict[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w", method, compresslevel=1 if method == zipfile.ZIP_DEFLATED else None
    ) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(**changed: str | bytes) -> bytes:
    return packed(parts(**changed))


def forged(name: str, deflated: bytes, *, says: int, flags: int = 0) -> bytes:
    """An honest workbook with one part whose inflated size is stated freely (64 bit where it needs it)."""
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out) as archive:
        honest = [(info, archive.read(info)) for info in archive.infolist() if info.filename != name]
    made, directory = io.BytesIO(), io.BytesIO()
    for member, data, size, bits in [
        *((info.filename, zlib.compress(content, 9)[2:-4], len(content), 0) for info, content in honest),
        (name, deflated, says, flags),
    ]:
        crc = zlib.crc32(next((content for info, content in honest if info.filename == member), b""))
        short = min(size, 0xFFFFFFFF)
        extra = struct.pack("<HHQ", 1, 8, size) if short == 0xFFFFFFFF else b""
        head = struct.pack("<HHHHHIIIHH", 45, bits, 8, 0, 33, crc, len(data), short, len(member), len(extra))
        place = made.tell()
        made.write(b"PK\x03\x04" + head + member.encode() + extra + data)
        directory.write(
            b"PK\x01\x02"
            + struct.pack("<H", 45)
            + head
            + struct.pack("<HHHII", 0, 0, 0, 0, place)
            + member.encode()
            + extra
        )
    start, listing, count = made.tell(), directory.getvalue(), len(honest) + 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(listing), start, 0)
    return made.getvalue() + listing + b"PK\x05\x06" + end


def _endless(unit: bytes, times: int) -> bytes:
    """A deflate stream that swells to ``times`` × 10 MB of a repeated unit, made in no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(unit * (10_000_000 // len(unit))) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * times + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def _ole(stream_name: str) -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return head + stream_name.encode("utf-16-le").ljust(512, b"\0") + bytes(4096)


def _noise(size: int) -> str:
    return os.urandom(size // 2).hex()


def _strings(count: int, *, says: str = "") -> str:
    return (
        f'{XML}<sst xmlns="{MAIN}"{says}>'
        + "".join(f"<si><t>{n:x}</t></si>" for n in range(count))
        + "</sst>"
    )


def _doubled() -> bytes:
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("XL/worksheets/SHEET1.xml", sheet())
    return out.getvalue()


def _many_sheets() -> bytes:
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 5_000))
    return workbook(
        book=f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'
    )


def _with(**extra: bytes | str) -> dict[str, str | bytes]:
    return {
        **parts(),
        **{name.replace("__", "/").replace("_", "."): content for name, content in extra.items()},
    }


def _row(cells: str, number: str = "2") -> str:
    return sheet(
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row><row r="{number}">{cells}</row>'
    )


@dataclass(frozen=True)
class Hostile:
    make: Callable[[], bytes]
    answers: tuple[str, ...]
    """Codes of which one must come; ``read`` where the file is read without harm."""


UNSAFE, BROKEN, READ = ("file_unsafe",), ("file_unreadable",), ("read",)
SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"

HOSTILE: dict[str, Hostile] = {
    "ten gigabytes in one sheet": Hostile(
        lambda: forged(SHEET, _endless(b"<c/>", 1000), says=10_000_000_000), UNSAFE
    ),
    "ten gigabytes that say 1 kB": Hostile(
        lambda: forged(SHEET, _endless(b"<c/>", 1000), says=1_000), BROKEN
    ),
    "a gigabyte of blanks": Hostile(lambda: forged(SHEET, _endless(b" ", 100), says=1_000_000_000), UNSAFE),
    "a gigabyte of shared text": Hostile(
        lambda: forged(TEXTS, _endless(b"a", 100), says=1_000_000_000), UNSAFE
    ),
    "a part nobody opens that swells": Hostile(
        lambda: forged("xl/media/a.png", _endless(b"a", 500), says=5_000_000_000), UNSAFE
    ),
    "billion laughs in the sheet": Hostile(lambda: workbook(sheet=sheet(before=BILLION)), UNSAFE),
    "billion laughs in the texts": Hostile(
        lambda: workbook(strings=f'{XML}{BILLION}<sst xmlns="{MAIN}"><si><t>&l11;</t></si></sst>'), UNSAFE
    ),
    "billion laughs in the workbook": Hostile(lambda: workbook(book=f"{XML}{BILLION}<workbook/>"), UNSAFE),
    "billion laughs in the styles": Hostile(lambda: workbook(styles=f"{XML}{BILLION}<styleSheet/>"), UNSAFE),
    "a local file as an entity": Hostile(
        lambda: workbook(sheet=sheet(before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')), UNSAFE
    ),
    "a parameter entity from elsewhere": Hostile(
        lambda: workbook(sheet=sheet(before='<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/d">%p;]>')),
        UNSAFE,
    ),
    "a DTD from elsewhere": Hostile(
        lambda: workbook(styles=f'{XML}<!DOCTYPE x SYSTEM "http://127.0.0.1:9/d"><styleSheet/>'), UNSAFE
    ),
    "quadratic blow-up": Hostile(
        lambda: workbook(sheet=sheet(before=f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>')), UNSAFE
    ),
    "entities behind UTF-16": Hostile(
        lambda: workbook(
            sheet=sheet(before=BILLION).replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
        ),
        UNSAFE,
    ),
    "a million columns": Hostile(
        lambda: workbook(sheet=sheet(f'<row r="1">{"<c><v>1</v></c>" * 1_000_000}</row>')),
        (*UNSAFE, "too_many_columns"),
    ),
    "a column beyond the last": Hostile(lambda: workbook(sheet=_row('<c r="XFE2"><v>1</v></c>')), BROKEN),
    "a column without end": Hostile(
        lambda: workbook(sheet=_row(f'<c r="{"A" * 50_000}2"><v>1</v></c>')), BROKEN
    ),
    "the last cell of the last row": Hostile(
        lambda: workbook(sheet=_row('<c r="XFD1048576"><v>1</v></c>', "1048576")), READ
    ),
    "rows that go back": Hostile(
        lambda: workbook(
            sheet=sheet('<row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c><v>1</v></c></row>')
        ),
        UNSAFE,
    ),
    "row one billion": Hostile(lambda: workbook(sheet=_row("<c><v>1</v></c>", "99999999")), UNSAFE),
    "a row without a number": Hostile(lambda: workbook(sheet=_row("<c><v>1</v></c>", "x")), BROKEN),
    "two million shared texts": Hostile(
        lambda: workbook(strings=_strings(2_000_000, says=' uniqueCount="2000000"')), UNSAFE
    ),
    "two million shared texts, unsaid": Hostile(lambda: workbook(strings=_strings(2_000_000)), UNSAFE),
    "a shared text that is not there": Hostile(
        lambda: workbook(strings=_strings(3), sheet=_row('<c t="s"><v>77</v></c>')), BROKEN
    ),
    "a shared text of a negative number": Hostile(
        lambda: workbook(strings=_strings(3), sheet=_row('<c t="s"><v>-1</v></c>')), BROKEN
    ),
    "a cell of 40 MB": Hostile(
        lambda: workbook(sheet=_row(f'<c t="inlineStr"><is><t>{_noise(40_000_000)}</t></is></c>')), READ
    ),
    "an attribute of 40 MB": Hostile(lambda: workbook(sheet=_row(f'<c r="{_noise(40_000_000)}"/>')), UNSAFE),
    "a comment of 40 MB": Hostile(lambda: workbook(sheet=sheet(f"<!--{_noise(40_000_000)}-->")), UNSAFE),
    "a thousand attributes": Hostile(
        lambda: workbook(sheet=_row("<c " + " ".join(f'a{n}="1"' for n in range(1000)) + "/>")), UNSAFE
    ),
    "tags in tags in tags": Hostile(lambda: workbook(sheet=sheet("<c>" * 1_000_000)), UNSAFE),
    "tags in tags in the workbook": Hostile(lambda: workbook(book="<a>" * 200_000), BROKEN),
    "a zip in a zip in a zip": Hostile(
        lambda: packed({"a.zip": packed({"b.zip": packed({"c.zip": b"x"})})}), BROKEN
    ),
    "twenty thousand parts": Hostile(
        lambda: packed({**parts(), **{f"x/{n}": b"" for n in range(20_000)}}), UNSAFE
    ),
    "seventy thousand parts": Hostile(lambda: packed({f"x/{n}": b"" for n in range(70_000)}), UNSAFE),
    "two parts of one name": Hostile(_doubled, UNSAFE),
    "a part with a password": Hostile(
        lambda: forged(SHEET, b"x" * 40, says=40, flags=1), ("file_encrypted",)
    ),
    "a workbook with a password": Hostile(lambda: _ole("EncryptedPackage"), ("file_encrypted",)),
    "Excel of 1997": Hostile(lambda: _ole("Workbook"), ("file_old_format",)),
    "cut in the middle": Hostile(lambda: workbook()[:900], BROKEN),
    "four bytes and nothing": Hostile(lambda: b"PK\x03\x04", BROKEN),
    "packed by LZMA": Hostile(lambda: packed(parts(), method=zipfile.ZIP_LZMA), UNSAFE),
    "broken inside": Hostile(lambda: forged(SHEET, os.urandom(5_000), says=5_000), BROKEN),
    "macros": Hostile(lambda: packed(_with(xl__vbaProject_bin=os.urandom(2_000))), READ),
    "links to other files": Hostile(
        lambda: packed(_with(xl__externalLinks__externalLink1_xml=f"{XML}{BILLION}<externalLink/>")), READ
    ),
    "names that climb out": Hostile(
        lambda: packed({**parts(), "../../../tmp/climbed": b"x", "/etc/climbed": b"x"}), READ
    ),
    "a lying dimension and a merged world": Hostile(
        lambda: workbook(
            sheet=sheet(after='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>').replace(
                "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'
            )
        ),
        READ,
    ),
    "a hundred thousand merged ranges": Hostile(
        lambda: workbook(
            sheet=sheet(after="<mergeCells>" + '<mergeCell ref="A1:B9"/>' * 100_000 + "</mergeCells>")
        ),
        READ,
    ),
    "a formula that starts a program": Hostile(
        lambda: workbook(sheet=_row("<c r=\"A2\"><f>cmd|' /C calc'!A0</f></c>")), READ
    ),
    "numbers beyond numbers": Hostile(
        lambda: workbook(
            sheet=_row(f"<c><v>1e999999999</v></c><c><v>{'9' * 20_000}</v></c><c><v>NaN</v></c>")
        ),
        READ,
    ),
    "a million empty rows": Hostile(lambda: workbook(sheet=sheet(GOOD_ROWS + "<row/>" * 1_000_000)), READ),
    "a million styles": Hostile(
        lambda: workbook(
            styles=f'{XML}<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf/>" * 1_000_000}</cellXfs></styleSheet>'
        ),
        UNSAFE,
    ),
    "five thousand sheets": Hostile(_many_sheets, UNSAFE),
    "a sheet that is the workbook": Hostile(
        lambda: workbook(
            rels=str(parts()["xl/_rels/workbook.xml.rels"]).replace("worksheets/sheet1.xml", "workbook.xml")
        ),
        ("file_empty",),
    ),
}
