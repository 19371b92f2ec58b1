"""Chatbox: the desktop program."""
