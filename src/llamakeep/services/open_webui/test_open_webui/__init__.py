"""The claims about Open WebUI, and about who reaches it."""
