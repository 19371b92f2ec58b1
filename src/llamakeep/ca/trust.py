"""How a client comes to trust the root: one command for each system."""

import shlex
from typing import NamedTuple

from llamakeep.ca.root import Root


class Step(NamedTuple):
    """What to do on one system."""

    system: str
    command: str  # or words, where there is none


def steps(root: Root) -> tuple[Step, ...]:
    """Return what to do on each system with the file that holds the root.

    >>> steps(root)[0]
    Step("Debian, Ubuntu", "sudo install -m 644 …/root.crt /usr/local/share/ca-certificates/…crt && …")
    """
    path = shlex.quote(root.path)
    name = root.name.replace(" ", "-")
    anchors = "/etc/pki/ca-trust/source/anchors"
    keychain = "/Library/Keychains/System.keychain"
    return (
        Step(
            "Debian, Ubuntu",
            f"sudo install -m 644 {path} /usr/local/share/ca-certificates/{name}.crt && sudo update-ca-certificates",
        ),
        Step("Fedora, RHEL", f"sudo install -m 644 {path} {anchors}/{name}.crt && sudo update-ca-trust"),
        Step("macOS", f"sudo security add-trusted-cert -d -r trustRoot -k {keychain} {path}"),
        Step("Windows (as administrator)", f'certutil -addstore -f Root "{root.path}"'),
        Step("Firefox", "Settings, Privacy & Security, View Certificates, Authorities, Import: trust it for websites"),
        Step(
            "Chromium and Chrome on Linux",
            f'certutil -d sql:"$HOME/.pki/nssdb" -A -t C,, -n {shlex.quote(root.name)} -i {path}',
        ),
        Step("curl", f"curl --cacert {path} …"),
        Step("Python (openai, ollama, httpx)", f"SSL_CERT_FILE={path}"),
        Step("Node.js", f"NODE_EXTRA_CA_CERTS={path}"),
    )
