"""Why a host could not be reached, in words."""

import re

_WORDS = (
    (
        r"Authentication error \(username=(?P<user>[^,)]+), key=(?P<key>[^)]+)\).*",
        r"ssh does not let \g<user> in with the key \g<key>",
    ),
    (r"Authentication error \((?:username=)?(?P<user>[^)]*)\).*", r"ssh does not let \g<user> in"),
    (r".*No authentication methods available.*", r"ssh has no key to show, nor an agent that holds one"),
    (
        r".*No host key for (?P<host>\S+) found in known_hosts.*",
        r"host key not in known_hosts: \g<host>",
    ),
    (
        r"SSH host key error.*",
        r"its host key is not the one in known_hosts: another machine may answer in its place",
    ),
    (
        r".*Unable to connect to port (?P<port>\d+) on (?P<host>[^)]+)\)?",
        r"nothing answers at \g<host> port \g<port>",
    ),
    (r"Could not resolve hostname \((?:\[[^]]*\] )?(?P<said>.*)\)", r"DNS lookup failed (\g<said>)"),
    (r"Could not connect \((?:\[Errno [^]]*\] )?(?P<said>.*)\)", r"\g<said>"),
    (r"SSH error \((?P<said>.*)\)", r"ssh broke off (\g<said>)"),
)


def in_words(error: str) -> str:
    """Return what the transport said, as a person would say it.

    >>> in_words("Could not connect ([Errno None] Unable to connect to port 22 on 192.0.2.7)")
    'nothing answers at 192.0.2.7 port 22'
    """
    for pattern, words in _WORDS:
        if re.fullmatch(pattern, error, flags=re.DOTALL):
            return re.sub(pattern, words, error, count=1, flags=re.DOTALL)
    return error
