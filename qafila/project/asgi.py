"""What the web process serves: providers' webhooks first (``intake/``), everything else is Django."""

from __future__ import annotations

import os
from typing import cast

from django.core.asgi import get_asgi_application
from psycopg.conninfo import make_conninfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qafila.project.settings")

_django = get_asgi_application()  # sets Django up: rooms may be imported only from here on

from django.conf import settings  # noqa: E402

from qafila.api.body_limit import App, BodyLimit  # noqa: E402
from qafila.intake.app import IntakeApp  # noqa: E402
from qafila.web.shell.outermost import Outermost  # noqa: E402


def _dsn() -> str:
    """Django's database for psycopg, read when it is needed."""
    default = settings.DATABASES["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {ours: default[theirs] for ours, theirs in names.items() if default.get(theirs)}
    return make_conninfo("", **given, **default.get("OPTIONS", {}))


application = Outermost(IntakeApp(_dsn, inner=BodyLimit(cast(App, _django))), is_https=settings.HTTPS)
