from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.worker"
    label = "worker"

    def ready(self) -> None:
        """Makes the background jobs known to every process that may run one."""
        from qafila.worker import jobs  # noqa: F401
