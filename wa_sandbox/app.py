"""Puts the sandbox together: one Starlette application with Graph, admin and page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wa_sandbox.admin import acting, conversations, faults, ledger, people, templates, webhooks, world
from wa_sandbox.admin.answering import problem
from wa_sandbox.graph.dispatch import GraphApp
from wa_sandbox.graph.edges import UNVERSIONED
from wa_sandbox.graph.request import is_version
from wa_sandbox.ledger.reload import Replay
from wa_sandbox.page import pages
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.settings import Settings


class SandboxApp(Starlette):
    """Starlette for admin and page; Graph's paths, nearly all of the traffic, go past its router and middleware."""

    graph: GraphApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "http" and is_of_graph(scope["method"], scope["path"]):
            await self.graph(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def is_of_graph(method: str, path: str) -> bool:
    """`/v23.0/…`; without a version, which Graph answers in its default one: a node's id, a word, a batch; the address of a file."""
    if path == "/":
        return method == "POST"
    first = path[1:].split("/", 1)[0]
    return is_version(first) or first.isdigit() or first in UNVERSIONED or first.startswith("upload:")


def build(settings: Settings) -> Starlette:
    """The application. Reads the ledger file, if there is one; receipts and webhooks run with its lifespan.

    Raises `LedgerInUse` when another sandbox has the file open, `BadInput` when the settings contradict themselves.
    """
    box = Sandbox(settings)
    Replay(box).run()
    box.apply("app", {"fields": settings.app_flags})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await box.start()
        try:
            yield
        finally:
            await box.stop()

    app = SandboxApp(
        routes=[
            *pages.ROUTES,
            *ledger.ROUTES,
            *conversations.ROUTES,
            *acting.ROUTES,
            *people.ROUTES,
            *faults.ROUTES,
            *webhooks.ROUTES,
            *templates.ROUTES,
            *world.ROUTES,
        ],
        exception_handlers={HTTPException: _not_here},
        lifespan=lifespan,
    )
    app.graph = GraphApp(box)
    app.state.sandbox = box
    return app


async def _not_here(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "refused")
    words = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    return problem(status, code, words.get(status, "The request was refused."))
