"""``messages/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.messages import story
from qafila.web.pages.messages.listing import MessageList

app_name = "messages"
urlpatterns = [
    path("", MessageList.as_view(), name="list"),
    path("<int:message_id>", story.story, name="story"),
    path("<int:message_id>/part", story.part, name="part"),
    path("<int:message_id>/change", story.change, name="change"),
]
