"""What runs on a host for verify: sent as source, standard library only, Python 3.9 or newer, read-only.

What is looked at of a service stands with it, in `services/<name>/verified/look.py`.
"""
