"""Promise 46: three hundred texts that try to become markup or script, or to turn a line around, in four scripts.

Put each through an input, show the page it ends up on, and hand the HTML to :func:`wounds`: an empty list means that the
text stayed a text. In a browser, :data:`MARK` is what a script of theirs would set: ``window[MARK]`` must stay undefined.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

MARK: Final = "qafilaWounded"
_CALL: Final = f"window.{MARK}=1"

_SEEDS: Final = (
    "<script>{call}</script>",
    "</script><script>{call}</script>",
    "<ScRiPt>{call}</sCrIpT>",
    "<scr<script>ipt>{call}</scr</script>ipt>",
    "<script\x0c>{call}</script\x0c>",
    "<img src=x onerror={call}>",
    "<img src=x onerror='{call}'>",
    '<img/src="x"/onerror="{call}">',
    "<image src=x onerror={call}>",
    "<svg onload={call}>",
    "<svg/onload={call}>",
    "<svg><script>{call}</script></svg>",
    "<svg><animate onbegin={call} attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={call}>",
    "<body onload={call}>",
    "<iframe src=javascript:{call}>",
    "<iframe srcdoc='<script>{call}</script>'>",
    "<object data=javascript:{call}>",
    "<embed src=javascript:{call}>",
    "<a href=javascript:{call}>x</a>",
    "<a href='java\tscript:{call}'>x</a>",
    "<form action=javascript:{call}><button>x</button></form>",
    "<input autofocus onfocus={call}>",
    "<select autofocus onfocus={call}>",
    "<textarea autofocus onfocus={call}>",
    "<details open ontoggle={call}>x</details>",
    "<video><source onerror={call}></video>",
    "<audio src=x onerror={call}>",
    "<marquee onstart={call}>x</marquee>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<style>*{{background:url(//evil.example/)}}</style>",
    "<div style='width:expression({call})'>x</div>",
    "<template><script>{call}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={call}>'>",
    '" onmouseover="{call}" x="',
    "' onmouseover='{call}' x='",
    '"><script>{call}</script>',
    "'><script>{call}</script>",
    '"/><img src=x onerror={call}>',
    "` onmouseover=`{call}",
    "--><script>{call}</script>",
    "]]><script>{call}</script>",
    "</title><script>{call}</script>",
    "</textarea><script>{call}</script>",
    "</style><script>{call}</script>",
    "</option></select><img src=x onerror={call}>",
    "<!--<img src='--><img src=x onerror={call}>'>",
    "<x hx-get=//evil.example hx-trigger=load>",
    "<x hx-on:load='{call}' hx-trigger=load>",
    "<x data-hx-on::after-request='{call}'>",
    "{{{{ {call} }}}}",
    "{{{{ settings.SECRET_KEY }}}}",
    "{{% include '/etc/passwd' %}}",
    "{{% load log %}}{{% get_admin_log 10 as log %}}",
    "${{{call}}}",
    "#{{{call}}}",
    "<%= {call} %>",
    "%(secret)s %s %n {{0.__class__}}",
    "&lt;script&gt;{call}&lt;/script&gt;",
    "&#60;script&#62;{call}&#60;/script&#62;",
    "\\u003cscript\\u003e{call}\\u003c/script\\u003e",
    "\\x3cscript\\x3e{call}\\x3c/script\\x3e",
    "%3Cscript%3E{call}%3C/script%3E",
    "+ADw-script+AD4-{call}+ADw-/script+AD4-",
    "＜script＞{call}＜/script＞",
    "javascript:{call}",
    "data:text/html,<script>{call}</script>",
    "\u202e<script>{call}</script>\u202c",
    "\u2067{call}\u2069<b>x</b>",
    "\u200f\u200e\u061c<i onclick={call}>x</i>",
    "a\u0000<script>{call}</script>",
    "\ufeff<script>{call}</script>",
    "<\u0000script>{call}</script>",
)
"""Seventy-five; each comes in four scripts."""

_WORDS: Final = ("Hello {} there", "مرحبا {} يا صديقي", "שלום {} חבר יקר", "Привет, {} дорогой")

PAYLOADS: Final = tuple(words.format(seed.format(call=_CALL)) for seed in _SEEDS for words in _WORDS)
"""All three hundred. Fields that take no NUL may drop it or refuse the text."""

SHORT: Final = tuple(payload for payload in PAYLOADS if len(payload) <= 60)
"""Those for fields of sixty characters."""

SPREADSHEET: Final = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "=cmd|'/c calc'!A0",
    "'=1",
)
"""Cells that a spreadsheet would evaluate."""

_NEVER: Final = {
    "base",
    "iframe",
    "object",
    "embed",
    "marquee",
    "frame",
    "frameset",
    "applet",
    "image",
    "template",
}
_OUR_TEMPLATES: Final = (
    {"data-part-broken": None},
    {"data-list-close": None},
    {"data-beside": None},
    {"data-copy-refused": None},
)
"""What our pages lay aside for their scripts."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in _NEVER and not (tag == "template" and given in _OUR_TEMPLATES):
            self.found.append(f"<{tag}>")
        if tag == "script" and not given.get("src"):
            self.found.append("a script without src" if given.get("type") != "application/json" else "")
        for name, value in attributes:
            text = (value or "").strip().lower()
            if name.startswith(("on", "hx-on", "data-hx-on")):
                self.found.append(f"{tag} {name}")
            if name == "style":
                self.found.append(f"{tag} style")
            url = "".join(text.split())
            if name in {"href", "src", "action", "formaction", "xlink:href"} and url.startswith(
                ("javascript:", "data:text", "vbscript:", "//evil", "http://evil", "https://evil")
            ):
                self.found.append(f"{tag} {name}={text[:30]}")
        if tag == "style":
            self.found.append("<style>")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)


def wounds(page: str) -> list[str]:
    """What in a page of ours could only come from a text that became markup; empty when all is well."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return [one for one in reader.found if one]


def shown(payload: str) -> Iterator[str]:
    """Ways in which a page may rightly show a payload."""
    yield html.escape(payload, quote=True)
    yield html.escape(payload, quote=True).replace("&#x27;", "&#39;")
    yield html.escape(payload.replace("\x00", ""), quote=True)
