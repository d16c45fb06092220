"""Earlier and later pages of a list."""

from wa_sandbox.page.html import Html, h, join
from wa_sandbox.page.state import Look


def pager(look: Look, count: int, on_a_page: int) -> Html:
    """Links to the pages beside this one, if there are any."""
    page, pages = look.state.page, max(1, -(-count // on_a_page))
    if pages == 1 and page == 1:
        return join()
    base = look.asked
    newer = (
        h(
            "a",
            "Newer",
            href=base.url(view=look.state.view, top="console", page=page - 1),
            data_go=True,
            class_="button",
        )
        if page > 1
        else None
    )
    older = (
        h(
            "a",
            "Older",
            href=base.url(view=look.state.view, top="console", page=page + 1),
            data_go=True,
            class_="button",
        )
        if page < pages
        else None
    )
    return h(
        "nav", newer, h("span", f"Page {page:,} of {pages:,}"), older, class_="pager", aria_label="Pages"
    )
