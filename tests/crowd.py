#!/usr/bin/env python3
"""Opens as many connections as it may, says nothing on them, and prints how many stand two seconds later.

`crowd.py ADDRESS PORT CONNECTIONS [NETWORK]` comes from a hundred addresses of a network (`127.0.0.`) in turn.
"""

import socket
import sys
import time


def main(address, port, wanted, network=""):
    lines = []
    for number in range(int(wanted)):
        line = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        line.settimeout(0.2)
        try:
            if network:
                line.bind((f"{network}{2 + number % 100}", 0))
            line.connect((address, int(port)))
            lines.append(line)
        except OSError:
            pass
    time.sleep(2)
    sys.stdout.write(f"{sum(map(stands, lines))}\n")
    sys.stdout.flush()
    time.sleep(5)


def stands(line):
    line.setblocking(False)
    try:
        return line.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main(*sys.argv[1:])
