"""The models that hosts are to have."""
