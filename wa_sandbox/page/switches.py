"""The forms of the console: faults, clock, limits, people, templates, webhooks, ledger."""

from dataclasses import replace
from typing import Any, get_args

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.routing import Route

from wa_sandbox.admin.answering import sandbox_of
from wa_sandbox.admin.people import digits
from wa_sandbox.checked import BadInput
from wa_sandbox.identifiers import new_nonce, wamid
from wa_sandbox.page.acts import number_of
from wa_sandbox.page.answering import field, form_page
from wa_sandbox.page.console.faults import BROKEN, SWITCHES, WHOLE
from wa_sandbox.page.console.limits import HINTS
from wa_sandbox.page.state import State
from wa_sandbox.people.behaviours import BEHAVIOURS
from wa_sandbox.webhooks.handshake import trouble_with
from wa_sandbox.webhooks.payloads import echo_event
from wa_sandbox.webhooks.samples import SAMPLES, sample_event

SECONDS_AT_MOST = 10 * 366 * 86_400


@form_page
async def faults(request: Request, form: FormData, back: State) -> State:
    """`POST /page/faults`: add, switch or remove a fault, or remove all."""
    known = sandbox_of(request).faults
    rule = known.rules.get(field(form, "id"))
    do = field(form, "do")
    if do == "add":
        known.add(_rule(form))
    elif do == "clear":
        known.rules.clear()
    elif rule is None:
        raise BadInput("This fault is not there any more.")
    elif do == "switch":
        rule.enabled = not rule.enabled
    elif do == "remove":
        del known.rules[rule.id]
    return back if back.view else replace(back, view="faults", top="console")


def _rule(form: FormData) -> dict[str, object]:
    rule: dict[str, object] = {"effect": field(form, "effect")}
    for name in ("to", "phone_number_id", "on"):
        if field(form, name):
            rule[name] = field(form, name).lstrip("+")
    for name in WHOLE:
        if field(form, name):
            rule[name] = whole(field(form, name), name)
    for name in BROKEN:
        if field(form, name):
            rule[name] = broken(field(form, name), name)
    for name in SWITCHES:
        if field(form, name):
            rule[name] = True
    return rule


@form_page
async def clock(request: Request, form: FormData, back: State) -> State:
    """`POST /page/clock`: time moves on."""
    seconds = whole(field(form, "seconds"), "seconds")
    if seconds > SECONDS_AT_MOST:
        raise BadInput("That is more than ten years: move the clock on by less.")
    sandbox_of(request).change("clock", seconds=seconds)
    return back


@form_page
async def limits(request: Request, form: FormData, back: State) -> State:
    """`POST /page/limits`: all of them, as they stand in the form."""
    found: dict[str, Any] = {}
    for name, hint in HINTS.items():
        given = field(form, name)
        if hint is bool:
            found[name] = bool(given)
        elif not given and type(None) in get_args(hint):
            found[name] = None
        elif hint is float:
            found[name] = broken(given, name)
        elif hint is int or int in get_args(hint) or all(isinstance(one, int) for one in get_args(hint)):
            found[name] = whole(given, name)
        else:
            found[name] = given
    sandbox_of(request).change("limits", fields=found)
    return back


@form_page
async def people(request: Request, form: FormData, back: State) -> State:
    """`POST /page/people`: how many endings each behaviour has; or one person behaves as the number says again."""
    box = sandbox_of(request)
    if field(form, "do") == "forget":
        box.change("person", wa_id=digits(field(form, "person")), behaviour=None)
        return back
    slots = {name: whole(field(form, f"slot_{name}") or "0", name) for name in BEHAVIOURS}
    # The order in which they are laid out stays as it was.
    order = [*box.slots, *(name for name in slots if name not in box.slots)]
    box.change("slots", slots={name: slots[name] for name in order if slots[name]})
    return back


@form_page
async def person(request: Request, form: FormData, back: State) -> State:
    """`POST /page/person`: open the phone of a number, played by hand if that is wished."""
    box = sandbox_of(request)
    wa_id, number = digits(field(form, "person")), number_of(box, field(form, "number"))
    behaviour = field(form, "behaviour")
    if behaviour and box.overrides.get(wa_id) != behaviour:
        box.change("person", wa_id=wa_id, behaviour=behaviour)
    return replace(back, number=number.id, person=wa_id, top="phone", find="", reply="", edit="")


@form_page
async def templates(request: Request, form: FormData, back: State) -> State:
    """`POST /page/templates`: judge, approve, reject, pause or unpause one."""
    box, do = sandbox_of(request), field(form, "do")
    template = box.world.templates.get(field(form, "id"))
    if template is None:
        raise BadInput("This template is not there any more.")
    if do == "review":
        box.review.judge_now(template.id)
    elif do in ("approve", "reject"):
        good = do == "approve"
        record = {
            "status": "APPROVED" if good else "REJECTED",
            "rejected_reason": "NONE" if good else "INVALID_FORMAT",
            "review_at": None,
            "paused_until": None,
        }
        box.change("put", kind="templates", record={"id": template.id, **record})
    elif do == "pause" and template.status == "APPROVED":
        box.review.pause(template.id)
    elif do == "unpause" and template.status == "PAUSED":
        box.review.unpause(template.id)
    else:
        raise BadInput("That cannot be done with a template in this state.")
    return back


@form_page
async def webhook(request: Request, form: FormData, back: State) -> State:
    """`POST /page/webhook`: where webhooks go, and the secrets of the app."""
    box = sandbox_of(request)
    url, token = field(form, "url") or None, field(form, "verify_token")
    if not token or not field(form, "secret"):
        raise BadInput("Give an app secret and a verify token.")
    if url is not None and not url.startswith(("http://", "https://")):
        raise BadInput("The address must begin with http or https.")
    if url is not None and field(form, "verify"):
        trouble = await trouble_with(url, token)
        if trouble is not None:
            raise BadInput(f"The webhook was not verified: {trouble}.")
    box.change("app", fields={"webhook_url": url, "secret": field(form, "secret"), "verify_token": token})
    return back


@form_page
async def resend(request: Request, form: FormData, back: State) -> State:
    """`POST /page/webhooks/resend`: the same bytes again."""
    box, given = sandbox_of(request), field(form, "id")
    entry = box.webhooks.log.get(int(given)) if given.isdecimal() and len(given) < 18 else None
    if entry is None:
        raise BadInput("This webhook is not in the log (any more).")
    box.webhooks.resend(entry)
    return back


@form_page
async def sample(request: Request, form: FormData, back: State) -> State:
    """`POST /page/webhooks/sample`: any webhook Meta has."""
    box, name, waba_id = sandbox_of(request), field(form, "sample"), field(form, "waba_id")
    if name not in SAMPLES or waba_id not in box.world.wabas:
        raise BadInput("Choose a webhook and an account.")
    if not box.announce(sample_event(box.world, name, waba_id, box.clock.now())):
        raise BadInput("There is no address to send webhooks to: set one under “Start”.")
    return back


@form_page
async def echo(request: Request, form: FormData, back: State) -> State:
    """`POST /page/echo`: the business writes with the app on its own phone."""
    box = sandbox_of(request)
    number, wa_id, words = (
        number_of(box, field(form, "number")),
        digits(field(form, "to")),
        field(form, "text"),
    )
    if not words:
        raise BadInput("Give a text.")
    entry = {
        "from": number.digits,
        "to": wa_id,
        "id": wamid(new_nonce(), 0, wa_id, inbound=False),
        "timestamp": str(int(box.clock.now())),
        "type": "text",
        "text": {"body": words},
    }
    if not box.announce(echo_event(entry, wa_id, number=number, portfolio=box.portfolio_of(number))):
        raise BadInput("There is no address to send webhooks to: set one under “Start”.")
    return back


@form_page
async def ledger(request: Request, form: FormData, back: State) -> State:
    """`POST /page/ledger`: empty books."""
    sandbox_of(request).new_epoch()
    return replace(back, person="", number="", q="", page=1)


def whole(given: str, name: str) -> int:
    """A whole number from a form. Raises BadInput."""
    if not (given.isascii() and given.isdecimal() and len(given) < 16):
        raise BadInput(f"{name} must be a whole number.")
    return int(given)


def broken(given: str, name: str) -> float:
    """A number, perhaps with a point. Raises BadInput."""
    head, _, tail = given.partition(".")
    if not (head + tail).isascii() or not (head + tail).isdecimal() or len(given) > 16:
        raise BadInput(f"{name} must be a number, for instance 2 or 0.5.")
    return float(given)


ROUTES = [
    Route("/page/faults", faults, methods=["POST"]),
    Route("/page/clock", clock, methods=["POST"]),
    Route("/page/limits", limits, methods=["POST"]),
    Route("/page/people", people, methods=["POST"]),
    Route("/page/person", person, methods=["POST"]),
    Route("/page/templates", templates, methods=["POST"]),
    Route("/page/webhook", webhook, methods=["POST"]),
    Route("/page/webhooks/resend", resend, methods=["POST"]),
    Route("/page/webhooks/sample", sample, methods=["POST"]),
    Route("/page/echo", echo, methods=["POST"]),
    Route("/page/ledger", ledger, methods=["POST"]),
]
