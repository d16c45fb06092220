"""Every endpoint that pywa can call is answered by the sandbox, or its README says that it is not carried."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pywa.api

import wa_sandbox
from wa_sandbox.faults.rules import SENDING_EDGES
from wa_sandbox.graph.edges import HANDLERS, OPEN
from wa_sandbox.media.sessions import Session
from wa_sandbox.media.store import Media
from wa_sandbox.world.records import App, PhoneNumber, Portfolio, Template, Waba

# What pywa calls the node of an endpoint.
NODES = {
    "phone_id": PhoneNumber,
    "sender": PhoneNumber,
    "waba_id": Waba,
    "dest_waba_id": Waba,
    "template_id": Template,
    "media_id": Media,
    "app_id": App,
    "business_portfolio_id": Portfolio,
    "upload_session_id": Session,
}
README = (Path(wa_sandbox.__file__).parent / "README.md").read_text()
NOT_CARRIED = README[README.index("Not carried:") :]


def endpoints() -> Iterator[tuple[str, str]]:
    """Method and endpoint of every call in pywa's client, its variables in braces."""
    for node in ast.walk(ast.parse(Path(pywa.api.__file__).read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "_request"
        ):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            method, endpoint = given["method"], given["endpoint"]
            if isinstance(method, ast.Constant):
                yield str(method.value), written(endpoint).partition("?")[0]


def written(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    return "".join(
        f"{{{part.value.id}}}"
        if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name)
        else str(getattr(part, "value", ""))
        for part in node.values
    )


def carried(method: str, node: str, edge: str) -> bool:
    if (method, node, edge) in OPEN:
        return True
    kind = NODES.get(node.strip("{}"))
    if kind is PhoneNumber and method == "POST" and edge in SENDING_EDGES:
        return True
    return kind is not None and (method, edge) in HANDLERS[kind]


def test_every_endpoint_of_pywa_is_carried_or_named() -> None:
    unsaid = []
    found = set(endpoints())
    assert len(found) > 60, "pywa's client is read"
    for method, endpoint in sorted(found):
        node, _, edge = endpoint.removeprefix("https://api.facebook.com").strip("/").partition("/")
        if carried(method, node, edge):
            continue
        if named(method, node, edge) not in NOT_CARRIED:
            unsaid.append(f"{method} {endpoint}")
    assert unsaid == []


def named(method: str, node: str, edge: str) -> str:
    """How the README calls an endpoint: `/{flow}` with all its edges, `/{waba}/signups`, `POST /{waba}`."""
    short = node.replace("{dest_", "{").replace("_id}", "}")
    if node.strip("{}") not in NODES:
        return f"`/{short}`"
    first = edge.partition("/{")[0]
    return f"`/{short}/{first}`" if edge else f"`{method} /{short}`"


def test_nothing_is_called_not_carried_that_is_carried() -> None:
    edges = {edge for handlers in HANDLERS.values() for _, edge in handlers if edge} | SENDING_EDGES
    assert sorted(edge for edge in edges if f"/{edge}`" in NOT_CARRIED) == []
