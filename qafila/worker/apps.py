from django.apps import AppConfig


class Room(AppConfig):
    name = "qafila.worker"
    label = "worker"
