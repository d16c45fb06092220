from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.campaigns"
    label = "campaigns"
