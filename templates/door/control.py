"""Tells an open door what to do, on its control socket. The door listens to root alone.

  control.py hold @NAME SECONDS     let nothing new in; return when nothing is under way, or after so long
  control.py release @NAME          let in what waits

The name is an abstract one: it belongs to a network namespace, and so nobody outside the sealed one can reach it.
"""

import socket
import sys


def address(name):
    r"""Return the address of a name as systemd writes it.

    >>> address("@llamakeep-door/ollama-api")
    '\x00llamakeep-door/ollama-api'
    """
    return "\0" + name[1:] if name.startswith("@") else name


def tell(name, *words):
    """Return what the door says; nothing, where no door is open: then there is nothing to hold or to release."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(address(name))
            line.sendall(" ".join(words).encode() + b"\n")
            return line.makefile().read()
    except (FileNotFoundError, ConnectionError):
        return ""


if __name__ == "__main__":
    verb, name, *seconds = sys.argv[1:]
    sys.stderr.write(tell(name, verb, *seconds))
