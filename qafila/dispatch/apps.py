from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.dispatch"
    label = "dispatch"
