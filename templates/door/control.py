"""Tells an open door what to do, on its control socket. The door listens to root alone.

  control.py hold @NAME SECONDS     let nothing new in; return when nothing is under way, or after so long
  control.py release @NAME          let in what waits

The name is an abstract one: it belongs to a network namespace, and so nobody outside the sealed one can reach it.
"""

import socket
import sys

GRACE = 10  # seconds that a door has to answer, beyond those that it was told to wait


def address(name: str) -> str:
    r"""Return the address of a name as systemd writes it.

    >>> address("@llamakeep-door/ollama-api")
    '\x00llamakeep-door/ollama-api'
    """
    return "\0" + name[1:] if name.startswith("@") else name


def tell(name: str, *words: str) -> str:
    """Return what the door says; nothing, where no door is open: then there is nothing to hold or to release."""
    within = sum(map(float, words[1:])) + GRACE
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(within)
            line.connect(address(name))
            line.sendall(" ".join(words).encode() + b"\n")
            return line.makefile().read()
    except (FileNotFoundError, ConnectionError):
        return ""
    except (socket.timeout, BlockingIOError):  # the latter: so many wait for it that nobody else may
        return f"the door at {name} did not answer within {within:.0f} s; nothing waits for it any longer\n"


if __name__ == "__main__":
    verb, name, *seconds = sys.argv[1:]
    sys.stderr.write(tell(name, verb, *seconds))
