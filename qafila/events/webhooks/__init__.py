"""Webhooks out: what happened, told to the customers' own addresses. Signed, at least once, for days.

``publishing`` makes one outgoing message of an event and one delivery for each endpoint that wants it; ``delivering`` is
the worker's loop that sends what is due; ``actions`` is what people do with endpoints.
"""
