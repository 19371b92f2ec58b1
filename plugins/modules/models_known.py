#!/usr/bin/python
"""Ask the llm hosts behind a gateway what their models can do."""

from __future__ import annotations

DOCUMENTATION = r"""
module: models_known
short_description: Returns what the hosts say of their models
description:
  - Asks C(/api/tags) at each door, all at once, and changes nothing. What a model can do is known by the server that
    has it, and by nobody else; what an earlier run learned stays known while its host is away.
options:
  doors:
    type: list
    elements: dict
    required: true
    description:
      - C(endpoint) of each, its address and port; the first that knows wins. Where C(tls) is the name on its
        certificate, it is asked over TLS, with the certificate of this host.
  digests: {type: dict, required: true, description: "Model to the digest that it must have; empty for any"}
  present: {type: path, required: true, description: The answer to C(/api/tags) of an earlier run, if there is one}
  patience: {type: int, default: 5, description: Seconds for each host}
attributes:
  check_mode: {support: full, description: It only ever looks}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Read from the hosts what their models can do
  llamakeep.fleet.models_known:
    doors: [{endpoint: "192.0.2.11:11434", tls: llm1}]
    digests: {"mistral:7b": ""}
    present: /etc/llamakeep/gateway/tags.json
"""

RETURN = r"""
models:
  description: Model to its C(capabilities) and its C(details), for each that somebody knows
  type: dict
  returned: success
silent: {type: list, elements: str, returned: success, description: Doors at which nobody answered}
"""

import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import CERTIFICATE, ROOTS

LONGEST = 4 << 20  # bytes of an answer


def main() -> None:
    """Ask, and return what is known."""
    spec = {
        "doors": {"type": "list", "elements": "dict", "required": True},
        "digests": {"type": "dict", "required": True},
        "present": {"type": "path", "required": True},
        "patience": {"type": "int", "default": 5},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    doors, patience = module.params["doors"], module.params["patience"]
    with ThreadPoolExecutor(max_workers=max(1, min(16, len(doors)))) as pool:
        answers = list(pool.map(lambda door: ask(door, patience), doors))
    silent = [door["endpoint"] for door, answer in zip(doors, answers) if answer is None]  # noqa: B905 - Python 3.9
    listings = [*(answer for answer in answers if answer is not None), remembered(module.params["present"])]
    module.exit_json(changed=False, models=known(listings, module.params["digests"]), silent=silent)


def ask(door: dict[str, Any], patience: float) -> list[dict[str, Any]] | None:
    """Return what a host lists; None where it does not answer, or is not who it should be."""
    try:
        connection = _connection(door, patience)
    except OSError:
        return None
    try:
        connection.request("GET", "/api/tags", headers={"Host": "localhost:11434"})
        answer = connection.getresponse()
        return entries(answer.read(LONGEST)) if answer.status == 200 else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _connection(door: dict[str, Any], patience: float) -> HTTPConnection:
    host, _, port = door["endpoint"].rpartition(":")
    address = host.strip("[]")
    if not door.get("tls"):
        return HTTPConnection(address, int(port), timeout=patience)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ROOTS)
    context.load_cert_chain(CERTIFICATE)
    return _Named(address, int(port), door["tls"], context=context, timeout=patience)


class _Named(HTTPSConnection):
    """A connection to an address, to somebody whose certificate bears a name."""

    def __init__(self, address: str, port: int, name: str, **rest: Any) -> None:
        super().__init__(address, port, **rest)
        self._name, self._tls = name, rest["context"]

    def connect(self) -> None:
        HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._name)


def remembered(path: str) -> list[dict[str, Any]] | None:
    """Return what an earlier run put there."""
    try:
        with open(path, "rb") as file:
            return entries(file.read(LONGEST))
    except OSError:
        return []


def entries(text: bytes) -> list[dict[str, Any]] | None:
    """Return the models of one answer, None for what is no answer.

    >>> entries(b'{"models": [{"name": "mistral:7b", "digest": "ab", "capabilities": ["completion"], "details": {}}]}')
    [{"name": "mistral:7b", …}]
    """
    try:
        found = json.loads(text)["models"]
    except (ValueError, KeyError, TypeError):
        return None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else None


def known(listings: Any, digests: Any) -> dict[str, Any]:
    """Return the first word on each model that is the one wanted, by its digest.

    >>> known([[{"name": "mistral:7b", "digest": "ab", "capabilities": ["completion"], …}]], {"mistral:7b": "ab"})
    {"mistral:7b": {"capabilities": ["completion"], "details": {}}}
    """
    found = {}
    for models in listings:
        for one in models or []:
            name, abilities = one.get("name"), one.get("capabilities")
            wanted = digests.get(name)
            if name in found or wanted is None or wanted not in ("", one.get("digest")):
                continue
            if isinstance(abilities, list) and all(isinstance(each, str) for each in abilities):
                found[name] = {"capabilities": abilities, "details": details(one.get("details"))}
    return found


def details(listed: Any) -> dict[str, Any]:
    """Return of a host's own words those that are short and plain."""
    kept = (str, int, type(None), list)
    return {name: value for name, value in (listed or {}).items() if isinstance(value, kept) and len(str(value)) < 200}


if __name__ == "__main__":
    main()
