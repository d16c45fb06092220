from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.contacts"
    label = "contacts"
