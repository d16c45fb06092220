from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.events"
    label = "events"

    def ready(self) -> None:
        """Registers what tells customers' addresses of public events."""
        from qafila.events.webhooks import publishing  # noqa: F401
