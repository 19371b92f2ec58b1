"""Ollama: the server of models."""
