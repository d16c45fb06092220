"""The sandbox's page as a reader without a script has it: its elements, its forms, and filling them in."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.sandbox.running import Running

BOUNDARY = "----sandbox-page"
VOID = {"img", "input", "link", "meta", "br", "hr", "path"}
File = tuple[str, str, bytes]


@dataclass
class Form:
    """One form: where it goes, and what it sends as it stands."""

    action: str
    method: str
    multipart: bool
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)
    required: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """Status, headers, HTML, and what was found in it. `nesting`: elements that were closed in the wrong order."""

    status: int
    headers: dict[str, str]
    body: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    nesting: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def form(self, action: str, **fields: str) -> Form:
        """The first form to an address that carries these fields."""
        for form in self.forms:
            if form.action == action and fields.items() <= form.fields.items():
                return form
        raise AssertionError(f"there is no form to {action} with {fields}")


class _Reader(HTMLParser):
    def __init__(self, seen: Seen) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = seen
        self.open: list[str] = []
        self.form: Form | None = None
        self.select = ""
        self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.seen.elements.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "form":
            multipart = given.get("enctype") == "multipart/form-data"
            self.form = Form(given["action"], given.get("method", "get"), multipart)
            self.seen.forms.append(self.form)
        elif self.form is not None:
            self._control(self.form, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if "required" in given:
            form.required.append(name)
        if tag == "input" and name and given.get("type") not in ("checkbox", "file"):
            form.fields[name] = given.get("value", "")
        elif tag == "input" and given.get("type") == "checkbox" and "checked" in given:
            form.fields[name] = given.get("value", "on")
        elif tag == "select":
            self.select = name
        elif tag == "option" and (self.select not in form.fields or "selected" in given):
            form.fields[self.select] = given["value"]
        elif tag == "textarea":
            self.area = name
            form.fields[name] = ""
        elif tag == "button" and given.get("type") != "button":
            form.buttons.append(given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"<{tag}/> closes nothing in HTML"
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.seen.nesting.append(tag)
        if tag == "form":
            self.form = None
        if tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        self.seen.words.append(data)
        if self.area and self.form is not None:
            self.form.fields[self.area] += data


def look(box: Running, path: str = "/", headers: dict[str, str] | None = None) -> Seen:
    """A page."""
    return _ask(box, "GET", path, None, headers or {})


def submit(
    box: Running,
    form: Form | str,
    file: File | None = None,
    headers: dict[str, str] | None = None,
    **fields: str,
) -> Seen:
    """Send a form as a browser does. Redirects are not followed."""
    action, data, multipart = (
        (form, {}, False) if isinstance(form, str) else (form.action, form.fields, form.multipart)
    )
    filled = {**data, **fields}
    if multipart or file is not None:
        body = _multipart(filled, file)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
    else:
        body, kind = urlencode(filled).encode(), "application/x-www-form-urlencoded"
    return _ask(box, "POST", action, body, {"content-type": kind, **(headers or {})})


def _multipart(fields: dict[str, str], file: File | None) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    filename, mime, content = file or ("", "application/octet-stream", b"")
    head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="{filename}"\r\n'
    return (
        b"".join(parts)
        + head.encode()
        + f"content-type: {mime}\r\n\r\n".encode()
        + content
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )


def _ask(box: Running, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Seen:
    address = urlsplit(box.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    raw: Any = answer.read()
    connection.close()
    seen = Seen(
        answer.status,
        {name.lower(): value for name, value in answer.getheaders()},
        raw.decode("utf-8", "replace"),
    )
    if "text/html" in seen.headers.get("content-type", ""):
        reader = _Reader(seen)
        reader.feed(seen.body)
        reader.close()
        seen.nesting += reader.open
    return seen
