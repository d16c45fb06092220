from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.api"
    label = "api"
