from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.api"
    label = "api"

    def ready(self) -> None:
        """Makes the background jobs known to every process that may run one."""
        from qafila.api import jobs  # noqa: F401
