from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.receiving"
    label = "receiving"

    def ready(self) -> None:
        from qafila.receiving import contents  # noqa: F401 - registers what webhooks may say of messages
