from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        """Makes the background jobs known to every process that may hand one over or run one, and the handlers."""
        from qafila.campaigns import jobs, watching  # noqa: F401
