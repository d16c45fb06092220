from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.ledger"
    label = "ledger"
