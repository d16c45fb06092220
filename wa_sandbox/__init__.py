"""A WhatsApp Cloud API on one's own machine: Graph endpoints, webhooks, limits, people and faults.

It speaks HTTP only and shares no import with any client, so that whatever is tested against it is tested
against a real server. See README.md in this folder.
"""
