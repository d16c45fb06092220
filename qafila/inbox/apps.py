from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.inbox"
    label = "inbox"

    def ready(self) -> None:
        from qafila.inbox import handlers  # noqa: F401 - registers them
