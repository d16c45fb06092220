from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.ledger"
    label = "ledger"

    def ready(self) -> None:
        from qafila.ledger import keeping  # noqa: F401 - registers that numbers with history stay
