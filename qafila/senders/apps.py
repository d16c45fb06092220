from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.senders"
    label = "senders"
