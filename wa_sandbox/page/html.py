"""Small pieces of HTML. Everything that comes from outside passes through `text`."""

from collections.abc import Iterable
from html import escape
from time import gmtime, strftime

TICKS = {"accepted": "◷", "sent": "✓", "delivered": "✓✓", "read": "✓✓", "failed": "!"}


def text(value: object) -> str:
    """A value as HTML text, escaped."""
    return escape(str(value), quote=True)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def section(name: str, title: str, body: str) -> str:
    """A section with a heading that can be linked to."""
    return f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{text(title)}</h2>{body}</section>'


def button(action: str, label: str, **hidden: str) -> str:
    """A form of one button that posts to an address."""
    fields = "".join(f'<input type="hidden" name="{text(k)}" value="{text(v)}">' for k, v in hidden.items())
    return f'<form method="post" action="{text(action)}">{fields}<button>{text(label)}</button></form>'


def clock_time(at: float) -> str:
    """Hours, minutes and seconds (UTC)."""
    return strftime("%H:%M:%S", gmtime(at))


def document(body: str) -> str:
    """The whole page. No request leaves this server."""
    return (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>WhatsApp sandbox</title>'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">'
        '<script src="/page.js" defer></script></head>'
        f"<body><header><h1>WhatsApp sandbox</h1><p>Nothing here leaves this machine.</p></header>"
        f'<main id="live">{body}</main></body></html>'
    )
