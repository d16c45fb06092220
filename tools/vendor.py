"""Fetches what the pages are made of, at fixed versions, into ``qafila/web/static/vendor/``: ``make vendor``.

Run by a developer who raises a version, never by a user: the files are committed. Takes npm's own packages by the npm
client, from whatever registry that is set up for, and believes only what the digest below describes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "qafila" / "web" / "static" / "vendor"

ICONS = """
activity adjustments alert-circle alert-octagon alert-triangle archive arrow-back-up arrow-left arrow-right arrow-up
arrows-sort ban bell bolt book bookmark brand-whatsapp building calendar category chart-line check checks chevron-down
chevron-left chevron-right chevron-up circle circle-check circle-dashed circle-dot circle-x clipboard clock cloud command
copy database device-desktop device-floppy device-mobile devices dots dots-vertical download edit external-link eye file
file-spreadsheet file-type-csv filter fingerprint flame gauge heart-rate-monitor help-circle history home hourglass inbox
info-circle key keyboard layout-dashboard link list-check list-details loader-2 lock logout mail menu-2 message messages
moon paperclip phone photo player-pause player-play player-skip-forward player-stop plug plug-off plus qrcode
question-mark refresh report-analytics rotate search send settings shield snowflake sort-ascending sort-descending
speakerphone star sun trash upload user user-plus users world x zzz
""".split()  # noqa: SIM905
"""Names of Tabler's outline icons that the pages use, in the order of the alphabet."""

MIT = """MIT License

Copyright (c) {owner}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


@dataclass(frozen=True)
class Package:
    """One npm package.

    :ivar integrity: base64 of the SHA-512 of its tarball, as npm itself publishes it.
    :ivar files: path in the package to path in the target folder.
    :ivar licence: SPDX name; its text comes from the package, or from :data:`MIT` with this ``owner``.
    """

    name: str
    version: str
    integrity: str
    files: dict[str, str]
    licence: str
    owner: str = ""

    @property
    def folder(self) -> str:
        """Where its files and its licence go."""
        return next(iter(self.files.values())).split("/", maxsplit=1)[0] if self.files else "icons"


PACKAGES = [
    Package(
        "@tabler/core",
        "1.6.1",
        "lgmR9gcxRp5JlLxcmRi9Rz85JrEvH6Bz71KnlcPVSa97wtwQNjgSs3g3fxwbAlulHyRMghhIV04QUuW3pqDsIg==",
        {
            "dist/css/tabler.min.css": "tabler/tabler.min.css",
            "dist/css/tabler.rtl.min.css": "tabler/tabler.rtl.min.css",
            "dist/js/tabler.min.js": "tabler/tabler.min.js",
        },
        "MIT",
        owner="2018-2026 The Tabler Authors; bundled parts: 2011-2026 The Bootstrap Authors",
    ),
    Package(
        "@tabler/icons",
        "3.51.0",
        "0pinvPZz7YeX+OSfxuEAbnEPWbocVXW5iU8h5lh41pYG8sZuQfpWECC980lxOT0clGIcNGn8xsBr+zKaRGdA/g==",
        {},
        "MIT",
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        {"dist/htmx.min.js": "htmx/htmx.min.js"},
        "0BSD",
    ),
    Package(
        "uplot",
        "1.6.32",
        "KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw==",
        {"dist/uPlot.iife.min.js": "uplot/uplot.min.js", "dist/uPlot.min.css": "uplot/uplot.min.css"},
        "MIT",
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        {
            "files/inter-latin-wght-normal.woff2": "inter/inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext.woff2",
            "files/inter-cyrillic-wght-normal.woff2": "inter/inter-cyrillic.woff2",
        },
        "OFL-1.1",
    ),
    Package(
        "@fontsource-variable/noto-sans-arabic",
        "5.3.0",
        "Rz8+DBzza3//cmN+DBQajJhx3x+Dx12eUgnQsTOgPWbOT0+In6APmE8z4I/QQnUWfAx+s8l93+60qDT5vJH1sA==",
        {"files/noto-sans-arabic-arabic-wght-normal.woff2": "noto-sans-arabic/noto-sans-arabic.woff2"},
        "OFL-1.1",
    ),
    Package(
        "@fontsource-variable/noto-sans-hebrew",
        "5.3.0",
        "jGIZ2EOCTtT1ZhLthz6nEpPXGMniSPI/0tv5CDFDZ7MPYyoj6FskW7WJ0YTyesFADdzjx7F2Pg5W1PWD6y9UFw==",
        {"files/noto-sans-hebrew-hebrew-wght-normal.woff2": "noto-sans-hebrew/noto-sans-hebrew.woff2"},
        "OFL-1.1",
    ),
]

_SOURCE_MAP = re.compile(rb"\s*(?:/\*[#@] sourceMappingURL=[^*]*\*/|//[#@] sourceMappingURL=\S*)\s*")
_SQUEEZED = {".css", ".js", ".svg"}


class NotTheFile(Exception):
    """What npm brought is not what this script knows."""


def main() -> None:
    """Replaces the vendored files; the last line names the folder."""
    fresh = Path(tempfile.mkdtemp(prefix="vendor-"))
    try:
        for package in PACKAGES:
            _unpack(package, fresh)
        for path in sorted(fresh.rglob("*")):
            if path.suffix in _SQUEEZED:
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        (fresh / "VENDORED.md").write_text(_list())
        shutil.rmtree(TARGET, ignore_errors=True)
        shutil.copytree(fresh, TARGET)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    sys.stdout.write(f"{len(PACKAGES)} packages are in {TARGET.name}/.\n")


def _unpack(package: Package, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package.name}@{package.version}"
        subprocess.run(  # noqa: S603
            ["npm", "pack", "--silent", wanted],  # noqa: S607
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (tarball,) = Path(folder).glob("*.tgz")
        content = tarball.read_bytes()
    found = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != package.integrity:
        raise NotTheFile(f"{wanted} has the digest {found}, not the known one. Nothing was changed.")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = set(archive.getnames())

        def read(name: str) -> bytes:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise NotTheFile(f"{wanted} has no {name}. Nothing was changed.")
            return member.read()

        for source, place in package.files.items():
            path = target / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_SOURCE_MAP.sub(b"\n", read(source)))
        if package.name == "@tabler/icons":
            path = target / "icons" / "sprite.svg"
            path.parent.mkdir(parents=True)
            path.write_text(sprite({name: read(f"icons/outline/{name}.svg").decode() for name in ICONS}))
        text = read("LICENSE") if "package/LICENSE" in names else MIT.format(owner=package.owner).encode()
        (target / package.folder / "LICENSE").write_bytes(text)


def sprite(icons: dict[str, str]) -> str:
    """One SVG file with a ``<symbol>`` for each icon; name to the text of its own file."""
    symbols = []
    for name, text in icons.items():
        inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
        paths = [p for p in re.findall(r"<[^>]+/>", inner) if 'd="M0 0h24v24H0z"' not in p]
        drawn = "".join(re.sub(r"\s+", " ", p).replace(" />", "/>") for p in paths)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _list() -> str:
    lines = [
        "# What is in this folder",
        "",
        "Made by `tools/vendor.py`; do not edit. Each folder holds the licence of what is in it. Source map comments are",
        "taken out; `.gz` is the same file, compressed.",
        "",
        "| package | version | licence | folder |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {p.name} | {p.version} | {p.licence} | `{p.folder}/` |" for p in PACKAGES]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
