"""The drawings of the page: a few strokes each, in the colour of the text around them."""

from typing import Final

from wa_sandbox.page.html import Html

_PATHS: Final = {
    "tick": "M3 13l5 5L19 7",
    "ticks": "M1 13l5 5L17 7M9 17l1.5 1.5L23 7",
    "clock": "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3 2",
    "alert": "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v6M12 16.5v.5",
    "send": "M4 4l17 8l-17 8l3-8zM7 12h8",
    "attach": "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.5L14.500 7.500",
    "menu": "M12 5v.01M12 12v.01M12 19v.01",
    "down": "M6 9l6 6l6-6",
    "reply": "M10 6L4 12l6 6M4 12h9a7 7 0 0 1 7 7",
    "list": "M4 7h16M4 12h16M4 17h16",
    "link": "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
    "phone": "M5 4h4l2 5l-2.500 1.500a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
    "copy": "M9 9h10v11H9zM5 15V4h10",
    "place": "M12 21s7-6.500 7-12a7 7 0 1 0-14 0c0 5.500 7 12 7 12M12 6.500a2.500 2.500 0 1 0 0 5a2.500 2.500 0 1 0 0-5",
    "person": "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21c0-4 3.500-6 8-6s8 2 8 6",
    "file": "M6 3h8l5 5v13H6zM14 3v5h5",
    "picture": "M4 5h16v14H4zM4 16l5-5l4 4l3-3l4 4M15.500 8.500v.010",
    "film": "M4 5h16v14H4zM10 9l5 3l-5 3z",
    "sound": "M12 4a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3M6 11a6 6 0 0 0 12 0M12 17v4",
    "basket": "M4 8h16l-2 12H6zM8 8l3-5M16 8l-3-5",
    "form": "M5 3h14v18H5zM9 8h6M9 12h6M9 16h3",
    "block": "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M6 6l12 12",
    "back": "M15 5l-7 7l7 7",
    "plus": "M12 5v14M5 12h14",
    "close": "M6 6l12 12M18 6L6 18",
    "shop": "M5 12v8h14v-8M10 20v-5h4v5M5.5 4h13L20 9a2.650 2.650 0 0 1-5.300 0a2.650 2.650 0 0 1-5.400 0A2.650 2.650 0 0 1 4 9z",
}


def icon(name: str, label: str | None = None) -> Html:
    """A drawing; with a label it is read aloud, without one it is decoration."""
    named = f'role="img" aria-label="{label}"' if label is not None else 'aria-hidden="true"'
    width = "3" if name == "menu" else "2"
    return Html(
        f'<svg class="i i-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="{width}" '
        f'stroke-linecap="round" stroke-linejoin="round" {named}><path d="{_PATHS[name]}"/></svg>'
    )
