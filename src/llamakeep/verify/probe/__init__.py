"""What runs on a host for verify: sent as source, standard library only, Python 3.9 or newer, read-only.

Its modules import one another relatively, because on a host they live in a package of another name.
"""
