from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.receiving"
    label = "receiving"

    def ready(self) -> None:
        from qafila.receiving import (
            backlog,  # noqa: F401 - registers how many webhooks wait while the alert about it is open
            contents,  # noqa: F401 - registers what webhooks may say of messages
        )
