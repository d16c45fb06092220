from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.businesses"
    label = "businesses"
