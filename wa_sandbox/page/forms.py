"""Small forms, as most switches of the page are: hidden fields and one button."""

from dataclasses import replace

from wa_sandbox.page.html import Child, Html, h, hidden
from wa_sandbox.page.state import Look


def act_form(look: Look, do: str, *children: Child, class_: str = "", **fields: object) -> Html:
    """A form that does something with the phone that is shown. It goes back to that phone."""
    state = look.state
    back = replace(look.asked, number=state.number, person=state.person, top="phone", reply="", edit="")
    carried = {"at": back.query, "number": state.number, "person": state.person, "do": do, **fields}
    return h(
        "form",
        hidden(carried),
        children,
        method="post",
        action="/page/act",
        class_=class_ or None,
        enctype="multipart/form-data" if do == "media" else None,
    )


def act_button(
    look: Look, do: str, *label: Child, class_: str = "", title: str = "", **fields: object
) -> Html:
    """One button that does something with the phone that is shown."""
    named = title or None
    return act_form(
        look,
        do,
        h("button", label, class_=class_ or None, title=named, aria_label=named),
        class_="one",
        **fields,
    )


def console_form(
    look: Look, path: str, do: str, *children: Child, class_: str = "", **fields: object
) -> Html:
    """A form of the console: posts to `/page/{path}` and goes back to the tab."""
    back = replace(look.asked, view=look.state.view, top="console")
    carried = {"at": back.query, "do": do, **fields}
    return h("form", hidden(carried), children, method="post", action=f"/page/{path}", class_=class_ or None)


def console_button(look: Look, path: str, do: str, label: str, class_: str = "", **fields: object) -> Html:
    """One button of the console."""
    return console_form(look, path, do, h("button", label, class_=class_ or None), class_="one", **fields)


def labelled(label: str, control: Html) -> Html:
    """A control under its label."""
    return h("label", h("span", label), control, class_="field")
