from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.wording"
    label = "wording"
