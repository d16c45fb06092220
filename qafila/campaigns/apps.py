from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        """Makes the background jobs known to every process that may hand one over or run one, and the handlers."""
        from qafila.campaigns import archive, held_up, jobs, telling, watching  # noqa: F401
        from qafila.campaigns.queries.open_messages import unfinished_of_package
        from qafila.senders.actions.packages import tell_of_use

        tell_of_use("campaigns", unfinished_of_package)
