from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.events"
    label = "events"
