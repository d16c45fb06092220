"""`POST /admin/templates/{id}/{act}`: what Meta does with templates, at once: review, pause, unpause."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, problem, sandbox_of
from wa_sandbox.checked import BadInput, given_fields


@admin
async def act(request: Request) -> Response:
    """`review` judges now, `pause` pauses (the third time: disables), `unpause` ends a pause."""
    box, name = sandbox_of(request), request.path_params["act"]
    template = box.world.templates.get(request.path_params["id"])
    if template is None:
        return problem(404, "not_found", "There is no template with this id.")
    if name == "review":
        box.review.judge_now(template.id)
    elif name == "pause":
        if template.status != "APPROVED":
            raise BadInput("Only an approved template can be paused.")
        box.review.pause(template.id)
    elif name == "unpause":
        if not box.review.unpause(template.id):
            raise BadInput("The template is not paused.")
    else:
        raise BadInput("There are: review, pause, unpause.")
    return answer(given_fields(box.world.templates[template.id]))


ROUTES = [Route("/admin/templates/{id}/{act}", act, methods=["POST"])]
