from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.receiving"
    label = "receiving"
