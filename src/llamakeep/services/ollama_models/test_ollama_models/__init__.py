"""The claims about each model."""
