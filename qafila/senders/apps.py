from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.senders"
    label = "senders"

    def ready(self) -> None:
        """Makes the background jobs known to every process that may run one."""
        from qafila.senders import jobs  # noqa: F401
