from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.dispatch"
    label = "dispatch"

    def ready(self) -> None:
        from qafila.dispatch import handlers, losses, missing_workers  # noqa: F401 - registers them
