from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.alerts"
    label = "alerts"
