from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.intake"
    label = "intake"
