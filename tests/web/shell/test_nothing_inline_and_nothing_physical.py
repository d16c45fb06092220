"""U8 and promise 45: no inline script or style in any template, no left and right in our CSS, every icon is there."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "qafila" / "web"
TEMPLATES = sorted(WEB.rglob("templates/**/*.html"))
OUR_CSS = sorted((WEB / "static" / "qafila").rglob("*.css"))
OUR_JS = sorted((WEB / "static" / "qafila").rglob("*.js"))
VENDOR = WEB / "static" / "vendor"
SCRIPT_LIMIT = 150_000

_TAG = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
_PHYSICAL = re.compile(
    r"(?<![\w-])(?:left|right)\s*:|(?:margin|padding|border|inset)-(?:left|right)\b|border-(?:top|bottom)-(?:left|right)-radius"
    r"|(?:float|clear|text-align|caption-side|resize)\s*:\s*(?:left|right)\b"
)
_PHYSICAL_CLASS = re.compile(
    r"^(?:float|text|dropdown-menu|offcanvas|rounded)-(?:left|right)$|^(?:m|p)[lr]-\d$"
)


class _Inline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "style":
            self.found.append("<style>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("<script>")
        for name, value in attributes:
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                self.found.append(f"{tag} {name}")
            if name in {"href", "src", "action"} and (value or "").strip().lower().startswith(
                ("javascript:", "data:text")
            ):
                self.found.append(f"{tag} {name}")
            if name in {"src", "href"} and tag in {"script", "link", "img"} and "//" in (value or ""):
                self.found.append(f"{tag} from elsewhere: {value}")
            if name == "class":
                self.found += [one for one in (value or "").split() if _PHYSICAL_CLASS.match(one)]
            if name in {"hx-vals", "hx-headers", "hx-vars"} and (value or "").startswith("js"):
                self.found.append(f"{tag} {name}")

    handle_startendtag = handle_starttag


def inline(template: str) -> list[str]:
    reader = _Inline()
    reader.feed(_TAG.sub("", template))
    reader.close()
    return reader.found


def physical(css: str) -> list[str]:
    return _PHYSICAL.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))


def test_the_readers_find_what_they_look_for() -> None:
    assert inline("<p style='x'>") == ["p style"]
    assert inline("<script>1</script>") == ["<script>"]
    assert inline("<img onerror=x {% if a %}{% endif %}>") == ["img onerror"]
    assert inline('<b class="{% if x %}a{% endif %} float-left">') == ["float-left"]
    assert inline("<script src=\"{% static 'x.js' %}\"></script>") == []
    for css in (
        "a{left:0}",
        "a{margin-left: 1px}",
        "a{text-align:right}",
        "a{border-top-left-radius:0}",
        "a{float: left}",
    ):
        assert physical(css), css
    assert not physical("a{inset-inline-start:0;/* left: */text-align:start}")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_templates_have_nothing_inline(path: Path) -> None:
    assert inline(path.read_text()) == []


@pytest.mark.parametrize("path", OUR_CSS, ids=lambda path: path.name)
def test_css_knows_no_left_and_right(path: Path) -> None:
    assert physical(path.read_text()) == []
    assert "http" not in path.read_text()


@pytest.mark.parametrize("path", OUR_JS, ids=lambda path: path.name)
def test_scripts_make_no_markup_of_texts_and_know_no_letters(path: Path) -> None:
    code = path.read_text()
    assert "eval(" not in code
    assert "document.write" not in code
    assert not re.search(r"https?://", code)
    assert not re.search(r"\.style\.(?:left|right|marginLeft|marginRight)", code)
    assert not re.search(r"event\.key\s*===?\s*[\"'][a-z/?][\"']", code), (
        "bind to event.code: keys, not letters"
    )


def test_all_scripts_together_are_small() -> None:
    scripts = [*OUR_JS, *VENDOR.rglob("*.js")]
    size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts)
    assert len(list(VENDOR.rglob("*.js"))) == 3
    assert size <= SCRIPT_LIMIT, f"{size} bytes of script, gzipped"


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    there = set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "icons" / "sprite.svg").read_text()))
    used = {}
    for path in TEMPLATES:
        for name in re.findall(r'{%\s*icon "([\w-]+)"', path.read_text()):
            used.setdefault(name, path.name)
    from qafila.web.shell.nav import PARTS
    from qafila.web.ui.states import LOOKS

    used |= {part.icon: "nav" for part in PARTS} | {look.icon: "states" for look in LOOKS.values()}
    assert {name: where for name, where in used.items() if name not in there} == {}
    assert len(used) > 30


def test_vendored_files_are_whole_and_licensed() -> None:
    folders = {path.parent for path in VENDOR.rglob("*") if path.is_file()} - {VENDOR}
    assert {folder.name for folder in folders} == {
        "tabler",
        "icons",
        "htmx",
        "uplot",
        "inter",
        "noto-sans-arabic",
        "noto-sans-hebrew",
    }
    listed = (VENDOR / "VENDORED.md").read_text()
    for folder in folders:
        assert (folder / "LICENSE").stat().st_size > 400, folder.name
        assert f"`{folder.name}/`" in listed
    for path in VENDOR.rglob("*.gz"):
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes(), path.name
    for path in [*VENDOR.rglob("*.css"), *VENDOR.rglob("*.js")]:
        assert b"sourceMappingURL" not in path.read_bytes(), path.name
        assert path.with_name(path.name + ".gz").exists(), path.name


def test_the_list_of_vendored_things_is_that_of_the_script() -> None:
    import importlib.util

    place = WEB.parents[1] / "tools" / "vendor.py"
    spec = importlib.util.spec_from_file_location("vendor", place)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["vendor"] = script
    spec.loader.exec_module(script)
    assert script._list() == (VENDOR / "VENDORED.md").read_text()
    symbols = re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "icons" / "sprite.svg").read_text())
    assert sorted(script.ICONS) == sorted(symbols)
