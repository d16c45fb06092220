from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.alerts"
    label = "alerts"

    def ready(self) -> None:
        from qafila.alerts import handlers, jobs  # noqa: F401 - registers them
