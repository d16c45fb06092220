"""The parts of the page, each made from the sandbox's state."""

from collections.abc import Iterator

from wa_sandbox.admin.ledger import summary
from wa_sandbox.faults.rules import EFFECTS, Rule
from wa_sandbox.ledger.threads import Bubble, Thread
from wa_sandbox.page.html import TICKS, button, clock_time, section, table, text
from wa_sandbox.people.behaviours import BEHAVIOURS
from wa_sandbox.people.identity import name_of
from wa_sandbox.sandbox import Sandbox

THREADS_SHOWN = 12
BUBBLES_SHOWN = 12
MESSAGES_SHOWN = 25


def counters(box: Sandbox) -> str:
    """The figures at the top."""
    data = summary(box)
    waiting = data["receipts_waiting"] + data["webhooks_waiting"]
    repeats = data["duplicates"]["same_number_person_and_biz_opaque_callback_data"]["extra_messages"]
    figures = [("Accepted", data["accepted"], ""), *((s, n, "") for s, n in data["by_status"].items())]
    figures += [("Refused", data["refused"], ""), ("From people", data["inbound"], "")]
    figures += [("Still to come", waiting, ""), ("Sent twice", repeats, "bad" if repeats else "good")]
    cells = "".join(
        f'<div class="figure {kind}"><b>{count:,}</b><span>{text(str(name).capitalize())}</span></div>'
        for name, count, kind in figures
    )
    return f'<div class="figures">{cells}</div>'


def conversations(box: Sandbox) -> str:
    """Chats as the phones show them, the latest first."""
    chats = "".join(_chat(box, thread) for thread in box.books.threads.latest(THREADS_SHOWN))
    body = f'<div class="chats">{chats}</div>' if chats else _nothing()
    return section("conversations", "Conversations", body)


def ledger(box: Sandbox) -> str:
    """The latest accepted messages, what was refused, and limits as used."""
    rows = (
        [
            str(message.n),
            clock_time(message.at),
            text("+" + message.wa_id),
            text(message.kind),
            text(message.status) + (f" {message.code}" if message.code else ""),
            text(message.behaviour),
            f'<code dir="auto">{text(message.biz or "")}</code>',
        ]
        for message in reversed(box.books.messages[-MESSAGES_SHOWN:])
    )
    latest = table(["#", "UTC", "To", "Type", "Status", "Person", "Callback data"], rows)
    refused = table(
        ["Refused with", "Times"],
        ([str(code), f"{count:,}"] for code, count in box.books.refused.most_common()),
    )
    return section("ledger", "Ledger", latest + refused + _limits(box))


def people(box: Sandbox) -> str:
    """Who behaves how, by the last two digits."""
    rows = [[_endings(box, name), text(name), text(what)] for name, what in BEHAVIOURS.items()]
    by_hand = ", ".join(f"+{text(wa_id)}: {text(name)}" for wa_id, name in list(box.overrides.items())[:20])
    note = f"<p>Set by hand: {by_hand}</p>" if by_hand else ""
    return section("people", "People", table(["Number ends in", "Behaviour", "What happens"], rows) + note)


def faults(box: Sandbox) -> str:
    """The rules with their switches, and a form for a new one."""
    rows = (
        [
            text(rule.id),
            text(rule.effect),
            text(_conditions(rule)),
            f"{rule.fired:,} of {rule.matched:,}",
            ("on" if rule.enabled else "off")
            + button("/page/faults", "Turn off" if rule.enabled else "Turn on", id=rule.id, do="switch")
            + button("/page/faults", "Remove", id=rule.id, do="remove"),
        ]
        for rule in box.faults.rules.values()
    )
    options = "".join(f'<option value="{name}">{name}</option>' for name in EFFECTS)
    form = (
        '<form method="post" action="/page/faults" class="row"><input type="hidden" name="do" value="add">'
        f'<label>Effect <select name="effect">{options}</select></label>'
        '<label>Every <input name="every" inputmode="numeric" size="4" value="5"></label>'
        '<label>Times <input name="times" inputmode="numeric" size="4" value="10"></label>'
        '<label>Number <input name="to" size="12" placeholder="*"></label>'
        '<label>ms <input name="ms" inputmode="numeric" size="5"></label>'
        '<label>Code <input name="code" inputmode="numeric" size="7"></label><button>Add</button></form>'
    )
    return section("faults", "Faults", table(["Id", "Effect", "When", "Hit", "Switch"], rows) + form)


def world(box: Sandbox, host: str) -> str:
    """Ids, tokens and a line to try."""
    numbers = table(
        ["Phone number id", "Number", "Account (WABA)", "Messages a second", "Quality"],
        (
            [
                f"<code>{text(number.id)}</code>",
                text(number.display_phone_number),
                f"<code>{text(number.waba_id)}</code>",
                text(number.throughput or "no limit"),
                text(box.quality_of(number, box.clock.now())),
            ]
            for number in list(box.world.phone_numbers.values())[:50]
        ),
    )
    app = box.world.app
    secrets = table(
        ["What", "Value"],
        [
            *(["Access token", f"<code>{text(token)}</code>"] for token in list(box.world.tokens)[:5]),
            ["App secret", f"<code>{text(app.secret)}</code>"],
            ["Verify token", f"<code>{text(app.verify_token)}</code>"],
            ["Webhook", text(app.webhook_url or "not set")],
        ],
    )
    return section("ready", "Ready to use", f"{numbers}{secrets}<pre>{text(_curl(box, host))}</pre>")


def _curl(box: Sandbox, host: str) -> str:
    number = next(iter(box.world.phone_numbers), "PHONE_NUMBER_ID")
    token = next(iter(box.world.tokens), "ACCESS_TOKEN")
    template = next((t for t in box.world.templates.values() if t.status == "APPROVED"), None)
    name, language = (template.name, template.language) if template else ("NAME", "en")
    return (
        f"curl http://{host}/v25.0/{number}/messages \\\n"
        f"  -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n"
        '  -d \'{"messaging_product":"whatsapp","to":"+15551230007","type":"template",\n'
        f'       "template":{{"name":"{name}","language":{{"code":"{language}"}},\n'
        '       "components":[{"type":"body","parameters":[{"type":"text","text":"Hello"}]}]}}\''
    )


def _chat(box: Sandbox, thread: Thread) -> str:
    bubbles = "".join(_bubble(box, bubble) for bubble in thread.bubbles[-BUBBLES_SHOWN:])
    who = f'<b dir="auto">{text(name_of(thread.wa_id))}</b> <span>+{text(thread.wa_id)}</span>'
    return f'<article class="chat"><h3>{who} <em>{text(box.behaviour(thread.wa_id))}</em></h3>{bubbles}</article>'


def _bubble(box: Sandbox, bubble: Bubble) -> str:
    side, mark = "theirs", ""
    if bubble.mine:
        message = box.books.by_wamid.get(bubble.wamid)
        status = message.status if message is not None else "accepted"
        code = f" {message.code}" if message is not None and message.code else ""
        side = "mine"
        mark = f' <i class="{status}" title="{status}{code}">{TICKS[status]}<span class="hidden"> {status}{code}</span></i>'
    return (
        f'<p class="bubble {side}"><span dir="auto">{text(bubble.text)}</span>'
        f"<small>{clock_time(bubble.at)}{mark}</small></p>"
    )


def _endings(box: Sandbox, name: str) -> str:
    places = [place for place, behaviour in enumerate(box.table) if behaviour == name]
    if not places:
        return "–"
    return f"{places[0]:02d}" if len(places) == 1 else f"{places[0]:02d}–{places[-1]:02d}"


def _limits(box: Sandbox) -> str:
    seen = box.books.limits_seen()
    overruns = seen.pop("overruns")

    def rows() -> Iterator[list[str]]:
        for limit, by_id in seen.items():
            for key, value in list(by_id.items())[:20]:
                yield [text(limit.replace("_", " ")), text(key), text(value)]
        for limit, count in overruns.items():
            yield [text(f"overruns: {limit}"), "", f"{count:,}"]

    return table(["Limit as used", "Of", "Value"], rows())


def _conditions(rule: Rule) -> str:
    data = rule.as_json()
    hidden = ("id", "effect", "enabled", "matched", "fired")
    return ", ".join(f"{name} {value}" for name, value in data.items() if name not in hidden) or "always"


def _nothing() -> str:
    return "<p>No messages yet. The line under “Ready to use” sends one.</p>"
