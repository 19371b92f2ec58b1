"""Open WebUI: the chat that people log in to."""
