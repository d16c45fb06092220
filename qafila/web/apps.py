from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.web"
    label = "web"
