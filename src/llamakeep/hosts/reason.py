"""Why a host could not be reached, in words: ssh's own, said as a person would say them."""

import re

# What OpenSSH prints, its versions 8.4 to 10; the first that is found tells.
_WORDS = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        r"its host key is not the one in known_hosts: another machine may answer in its place",
    ),
    (r"No (?P<kind>\S+) host key is known for (?P<host>\S+) and", r"host key not in known_hosts: \g<host>"),
    (r"Host key verification failed", r"its host key is not in known_hosts"),
    (
        r"Permissions (?P<mode>\d+) for '(?P<key>[^']+)' are too open",
        r"ssh does not take the key \g<key>: others may read it (mode \g<mode>)",
    ),
    (
        r"(?m)^(?:(?P<user>\S+)@\S+: )?Permission denied(?: \((?P<ways>[^)]*)\)|, please try again)",
        r"ssh does not let \g<user> in",
    ),
    (
        r"connect to host (?P<host>\S+) port (?P<port>\d+): (?P<said>Connection refused|No route to host)",
        r"nothing answers at \g<host> port \g<port> (\g<said>)",
    ),
    (
        r"connect to host (?P<host>\S+) port (?P<port>\d+): (?:Connection|Operation) timed out",
        r"nothing answers at \g<host> port \g<port>",
    ),
    (r"Timeout, server \S+ not responding", r"it stopped answering"),
    (r"Connection to \S+ closed by remote host", r"it closed the connection"),
    (r"Connection timed out during banner exchange", r"it takes connections and says nothing"),
    (
        r"(?P<place>\S+: line \d+): (?P<said>Bad configuration option: .*)",
        r"ssh does not understand \g<place>: \g<said>",
    ),
    (r"Could not resolve hostname \S+: (?P<said>.*)", r"DNS lookup failed (\g<said>)"),
)
_NOISE = re.compile(r"^(Warning: Permanently added|Connection to \S+ closed\.|Shared connection|\*\* )|^\s*$")
_MOST = 300  # characters
BROKE_OFF = "the connection broke off before the host had answered"


def in_words(said: str, user: str = "the user") -> str:
    """Return what ssh or a host said against coming in; words that nobody knows stay as they are.

    >>> in_words("ssh: connect to host 192.0.2.7 port 22: Connection refused")
    'nothing answers at 192.0.2.7 port 22 (Connection refused)'
    >>> in_words("ann@192.0.2.7: Permission denied (publickey).")
    'ssh does not let ann in'
    """
    return known(said, user) or (without_noise(said) or [BROKE_OFF])[-1][:_MOST]


def known(said: str, user: str = "the user") -> str:
    """Return what ssh said, as far as it is known that ssh says so; empty: nothing that is."""
    for pattern, words in _WORDS:
        if found := re.search(pattern, said):
            return found.expand(words.replace(r"\g<user>", found.groupdict().get("user") or user))
    return ""


def without_noise(said: str) -> list[str]:
    """Return the lines that may tell why: not those that ssh prints on any way."""
    return [line.strip() for line in said.replace("\r\n", "\n").splitlines() if not _NOISE.search(line)]
