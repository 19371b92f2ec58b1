"""The front door's part of a plan: the chat that people log in to, and the gateway before it."""
