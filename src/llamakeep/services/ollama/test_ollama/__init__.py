"""The claims about the server of models, one file a subject."""
