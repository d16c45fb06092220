from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.web"
    label = "web"

    def ready(self) -> None:
        """Registers background jobs; changes of second factors go into the audit log."""
        from qafila.web import jobs  # noqa: F401
        from qafila.web.pages.account.factors import listen

        listen()
