"""Chatbox on machines that nobody manages: a link that tells it of the fleet, with one client's key in it."""

from llamakeep.chatbox.link import link
from llamakeep.chatbox.linked import Linked
from llamakeep.chatbox.place import page_at
from llamakeep.chatbox.provider import Provider, provider

__all__ = ["Linked", "Provider", "link", "page_at", "provider"]
