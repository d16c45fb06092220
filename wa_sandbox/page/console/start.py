"""Start: a line to try, ids and secrets, and where webhooks go."""

from wa_sandbox.page.forms import console_form, labelled
from wa_sandbox.page.html import Html, bdi, h, join, table
from wa_sandbox.page.state import Look

NUMBERS_SHOWN = 50
TOKENS_SHOWN = 5


def start(look: Look) -> Html:
    """Everything a client needs to begin."""
    box = look.box
    numbers = [
        [
            _code(number.id),
            h("span", number.display_phone_number, dir="ltr", class_="nowrap"),
            _code(number.waba_id),
            "no limit" if number.throughput is None else str(number.throughput),
            box.quality_of(number, box.clock.now()).lower(),
            number.status.lower(),
        ]
        for number in list(box.world.phone_numbers.values())[:NUMBERS_SHOWN]
    ]
    secrets = [["Access token", _code(token)] for token in list(box.world.tokens)[:TOKENS_SHOWN]]
    secrets += [
        ["App secret", _code(box.world.app.secret)],
        ["Verify token", _code(box.world.app.verify_token)],
    ]
    secrets += [["App id", _code(box.world.app.id)]]
    return join(
        h("h3", "Send the first message"),
        h("div", h("pre", _curl(look), id="curl", tabindex="0", dir="ltr"), _copy("#curl"), class_="copied"),
        h("h3", "Where webhooks go"),
        h(
            "p",
            "Your app’s address. Every message, receipt and event is posted there, signed with the app secret.",
        ),
        _webhook(look),
        h("h3", "Numbers"),
        table(
            ["Phone number id", "Number", "Account (WABA)", "Messages a second", "Quality", "State"], numbers
        ),
        h("h3", "Secrets"),
        table(["What", "Value"], secrets),
    )


def _webhook(look: Look) -> Html:
    app = look.box.world.app
    address = h(
        "input", name="url", type="url", value=app.webhook_url or "", placeholder="not set", dir="ltr"
    )
    return console_form(
        look,
        "webhook",
        "save",
        labelled("Address", address),
        labelled("App secret", h("input", name="secret", value=app.secret, required=True, dir="ltr")),
        labelled(
            "Verify token", h("input", name="verify_token", value=app.verify_token, required=True, dir="ltr")
        ),
        h(
            "label",
            h("input", type="checkbox", name="verify", value="yes"),
            " Verify it first, as Meta does",
            class_="check",
        ),
        h("button", "Save", class_="main"),
        class_="fields",
    )


def _code(value: str) -> Html:
    return h(
        "span",
        h("code", bdi(value)),
        h("button", "Copy", type="button", class_="small js-yes", data_copy=value),
        class_="code",
    )


def _copy(target: str) -> Html:
    return h("button", "Copy", type="button", class_="small js-yes", data_copy_from=target)


def _curl(look: Look) -> str:
    world = look.box.world
    number = next(iter(world.phone_numbers), "PHONE_NUMBER_ID")
    token = next(iter(world.tokens), "ACCESS_TOKEN")
    template = next((t for t in world.templates.values() if t.status == "APPROVED"), None)
    name, language = (template.name, template.language) if template else ("NAME", "en")
    return (
        f"curl http://{look.host}/v25.0/{number}/messages \\\n"
        f"  -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n"
        '  -d \'{"messaging_product":"whatsapp","to":"+15551230007","type":"template",\n'
        f'       "template":{{"name":"{name}","language":{{"code":"{language}"}},\n'
        '       "components":[{"type":"body","parameters":[{"type":"text","text":"Hello"}]}]}}\''
    )
