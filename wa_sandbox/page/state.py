"""What a reader looks at: it stands in the address, so that links, forms and the way back work without a script."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from wa_sandbox.graph.content import digits_of
from wa_sandbox.ledger.threads import Thread
from wa_sandbox.sandbox import Sandbox

VIEWS: Final = {
    "start": "Start",
    "webhooks": "Webhooks",
    "ledger": "Ledger",
    "faults": "Faults",
    "people": "People",
    "limits": "Limits",
    "templates": "Templates",
}
TOPS: Final = ("chats", "phone", "console")
WORD_AT_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class State:
    """One address of the page.

    `number`: id of the business's number; `person`: whose phone is shown (digits); `view`: the tab of the console;
    `top`: what a narrow screen shows; `entry`: the open webhook; `q`: a search; `page` from 1; `find`: a search in the
    chats; `reply`, `edit`: the message the person answers or changes.
    """

    number: str = ""
    person: str = ""
    view: str = ""
    top: str = ""
    entry: str = ""
    q: str = ""
    page: int = 1
    find: str = ""
    reply: str = ""
    edit: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "State":
        """The state of a query string; what makes no sense is left out."""
        words = {
            f.name: query.get(f.name, "").strip()[:WORD_AT_MOST] for f in fields(cls) if f.name != "page"
        }
        page = query.get("page", "1")
        if words["view"] not in VIEWS:
            words["view"] = ""
        if words["top"] not in TOPS:
            words["top"] = ""
        words["person"] = digits_of(words["person"]) or ""
        return cls(**words, page=max(1, int(page)) if page.isdecimal() and len(page) < 8 else 1)

    @classmethod
    def at(cls, written: str) -> "State":
        """The state a form carries in its field `at`."""
        return cls.of(dict(parse_qsl(written)))

    @property
    def query(self) -> str:
        """The query string: what differs from the start."""
        shown = {name: value for name, value in asdict(self).items() if value not in ("", 1)}
        return urlencode(shown)

    def url(self, **changes: Any) -> str:
        """The address of this state with some changes."""
        query = replace(self, **changes).query
        return f"/?{query}" if query else "/"

    def talk(self, number_id: str, wa_id: str) -> str:
        """The address of a conversation; the console stays as it is."""
        return self.url(number=number_id, person=wa_id, top="phone", reply="", edit="")

    def tab(self, view: str) -> str:
        """The address of a tab of the console; the phone stays as it is."""
        return self.url(view=view, top="console", entry="", q="", page=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the sandbox. `asked`: as it stands in the address; `state`: with what was left open filled in."""

    box: Sandbox
    asked: State
    state: State
    host: str

    @classmethod
    def at(cls, box: Sandbox, asked: State, host: str) -> "Look":
        """A look: without a chosen person it follows the latest conversation."""
        latest: Thread | None = next(iter(box.books.threads.latest(1)), None)
        number, person, view = asked.number, asked.person, asked.view
        if not person and latest is not None:
            number, person = latest.number_id, latest.wa_id
        if number not in box.world.phone_numbers:
            number = next(iter(box.world.phone_numbers), "")
        top = asked.top or ("console" if view else ("phone" if asked.person else "chats"))
        view = view or ("webhooks" if latest is not None else "start")
        return cls(box, asked, replace(asked, number=number, person=person, view=view, top=top), host)
