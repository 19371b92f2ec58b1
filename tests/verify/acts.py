"""What a person can do to a host, and the sentence in which verify must say so.

The commands run as root on an llm host whose door is open on its LAN addresses to clients. In `claim` and
`found`, `{lan}` and `{lan6}` are those addresses, `{model}` is the largest model, `{manifest}` the path of its.
"""

from dataclasses import dataclass

from llamakeep_lab.machine import NAMES_AGAIN

_DROP_IN = "mkdir -p /etc/systemd/system/{unit}.d && printf '%s' '{text}' > /etc/systemd/system/{unit}.d/act.conf"
_NO_DROP_IN = "rm -r /etc/systemd/system/{unit}.d && systemctl daemon-reload"
_RESTART = (  # the socket too: a connection that still waits in it would start the service again
    "systemctl stop ollama-api.socket ollama-api.service; systemctl reset-failed; "
    "systemctl restart ollama.service; systemctl start ollama-api.socket"
)
_UNIT = "/etc/systemd/system/ollama.service"
_BLOBS = "/usr/share/ollama/.ollama/models/blobs"
_MANIFESTS = "/usr/share/ollama/.ollama/models/manifests/registry.ollama.ai"
_BLOB = f"cd {_BLOBS} && blob=$(ls -S | head -1)"
_KEPT_HASH = "$(sha256sum /root/kept | cut -c1-64)"
_FLIP = 'import sys; f = open(sys.argv[1], "r+b"); f.seek(777); b = f.read(1); f.seek(777); f.write(bytes([b[0] ^ 1]))'
_DOOR = "/etc/llamakeep/doors/ollama-api.cfg"
_NAMED, _UNNAMED = "acl named req.fhdr(host) -m found", "acl named always_false"
_TAKEN_UP = "systemctl try-reload-or-restart ollama-api.service"
_CHAIN = "$(nft list table inet llamakeep | grep -o 'chain [a-z_-]*' | head -1 | cut -d' ' -f2)"


@dataclass(frozen=True)
class Act:
    """One way to break a host, the claim it breaks, and the way back."""

    name: str
    do: str
    undo: str
    claim: str
    found: str  # regular expression


def drop_in(name: str, text: str, claim: str, found: str, unit: str = "ollama.service", then: str = _RESTART) -> Act:
    """An act that is a drop-in of a unit."""
    do = f"{_DROP_IN.format(unit=unit, text=text)} && systemctl daemon-reload; {then} || true"
    return Act(name, do, f"{_NO_DROP_IN.format(unit=unit)}; {then}", claim, found)


def setting(name: str, value: str, claim: str, found: str) -> Act:
    """An act that gives the server another environment."""
    return drop_in(f"sets {name}", f"[Service]\nEnvironment={name}={value}\n", claim, found)


ACTS = [
    drop_in(
        "opens the port by hand",
        "[Socket]\nListenStream=\nListenStream=0.0.0.0:11434\n",
        "the doors listen where they are wanted and nowhere else",
        r"port 11434 also listens on 0\.0\.0\.0",
        unit="ollama-api.socket",
        then="systemctl stop ollama-api.service ollama-api.socket; systemctl start ollama-api.socket",
    ),
    Act(
        "lets everybody through the firewall",
        f"nft insert rule inet llamakeep {_CHAIN} tcp dport 11434 accept",
        "systemctl restart llamakeep-firewall.service",
        "outsider finds no open door at any address of the host",
        r"{lan}:11434 and \[{lan6}\]:11434 answers to outsider; expected: clients only",
    ),
    Act(
        "shuts the door to those who are let in",
        f"nft insert rule inet llamakeep {_CHAIN} iifname != lo tcp dport 11434 drop",
        "systemctl restart llamakeep-firewall.service",
        "chat1, whom the inventory lets in, reaches the models",
        r"{lan}:11434: silent for chat1; expected: the models of llm1",
    ),
    Act(
        "lets another program listen on the port",
        "systemd-run -q --collect --unit=act-other python3 -m http.server --bind 127.0.0.9 11434; sleep 1",
        "systemctl stop act-other",
        "nothing but systemd listens on the doors' ports",
        r"python3 listens on 127\.0\.0\.9 port 11434; expected: systemd alone",
    ),
    Act(
        "opens a second way to the models",
        "systemd-run -q --collect --unit=act-second systemd-socket-activate -l 127.0.0.1:11500 "
        "/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:11434; sleep 0.5",
        "systemctl stop act-second",
        "no second way leads to the models on this host",
        r"127\.0\.0\.1:11500 answers as Ollama to nobody",
    ),
    drop_in(
        "unseals the unit",
        "[Service]\nPrivateNetwork=no\n",
        "the unit seals the service at its next start too",
        r"PrivateNetwork=no is in force by /etc/systemd/system/ollama\.service\.d/act\.conf",
        then="true",
    ),
    drop_in(
        "runs the service unsealed",
        "[Service]\nPrivateNetwork=no\nExecStartPre=\nExecStartPost=\nEnvironment=OLLAMA_HOST=127.0.0.1:11555\n",
        "the service sees no network interface but loopback",
        r"it also sees eth0",
    ),
    Act(
        "stops the service",
        "for try in 1 2 3; do systemctl stop ollama-api.service ollama.service && break; sleep 1; done",
        "systemctl start ollama.service",
        "the service is active",
        r"ollama\.service is inactive; expected: active",
    ),
    Act(
        "takes the service out of the boot",
        "systemctl -q disable ollama.service",
        "systemctl -q enable ollama.service",
        "the service comes back at boot",
        r"ollama\.service is disabled",
    ),
    Act(
        "edits the unit",
        f"cp -p {_UNIT} /root/kept && echo '# mine' >> {_UNIT}",
        f"mv /root/kept {_UNIT} && systemctl daemon-reload",
        "the service's files, links and units are as converge left them",
        r"/etc/systemd/system/ollama\.service: its content was changed",
    ),
    drop_in(
        "loosens the hardening",
        "[Service]\nProtectSystem=no\nNoNewPrivileges=no\nCapabilityBoundingSet=CAP_SYS_ADMIN\nRestrictNamespaces=no\n"
        "ProtectKernelModules=no\n",
        "systemd calls the service's exposure 1.5 or less",
        r"systemd-analyze security says [2-9]\.\d; expected: 1\.5 or less",
        then="true",
    ),
    setting("OLLAMA_NO_CLOUD", "0", "the server says that its cloud features are off", r"cloud features are on"),
    setting(
        "OLLAMA_CONTEXT_LENGTH",
        "4096",
        "the running server has the wanted settings",
        r"OLLAMA_CONTEXT_LENGTH is 4096",
    ),
    setting(
        "OLLAMA_HOST",
        "0.0.0.0:11434",
        "inside the seal everything listens on loopback only",
        r"port 11434 listens on (::|0)",
    ),
    Act(
        "has the door take every name",
        f"sed -i 's/{_NAMED}/{_UNNAMED}/' {_DOOR}; systemctl try-reload-or-restart ollama-api.service",
        f"sed -i 's/{_UNNAMED}/{_NAMED}/' {_DOOR}; systemctl try-reload-or-restart ollama-api.service",
        "a foreign Host name is refused, so no web page can rebind its way in",
        r"got status 200; expected: 403",
    ),
    Act(
        "has the door let everything through",
        f"sed -i 's/ if managing$/& FALSE/; s/ if !posting !getting !one_model$/& FALSE/' {_DOOR}; {_TAKEN_UP}",
        f"sed -i 's/\\(managing\\|one_model\\) FALSE$/\\1/' {_DOOR}; {_TAKEN_UP}",
        "the door for asking refuses who would manage models",
        r"DELETE /api/delete: status 404; expected: 403",
    ),
    Act(
        "lets every local user manage",
        "nft insert rule inet llamakeep manage accept",
        "systemctl restart llamakeep-firewall.service",
        "no local user reaches the door for managing but those who are named",
        r"127\.0\.0\.1:11436 answers to nobody; expected: root only",
    ),
    Act(
        "shuts the door for managing",
        "systemctl stop ollama-manage.socket ollama-manage.service",
        "systemctl start ollama-manage.socket",
        "root reaches the door for managing",
        r"127\.0\.0\.1:11436: refused; expected: Ollama answers",
    ),
    Act(
        "shuts the door",
        "systemctl stop ollama-api.socket ollama-api.service",
        "systemctl start ollama-api.socket",
        "the door answers on the host itself",
        r"127\.0\.0\.1:11434: refused; expected: Ollama answers",
    ),
    Act(
        "takes a model away",
        f"mv {_MANIFESTS}/{{manifest}} /root/kept",
        f"mv /root/kept {_MANIFESTS}/{{manifest}}",
        "{model} is served with the locked digest",
        r"the server does not list {model}",
    ),
    Act(
        "deletes a blob",
        f"{_BLOB} && mv $blob /root/kept",
        f"mv /root/kept {_BLOBS}/sha256-{_KEPT_HASH}",
        "the content of {model} is what its digests say",
        r"{model} sha256:[0-9a-f]{64}: missing",
    ),
    Act(
        "flips one byte of a blob",
        f"{_BLOB} && cp -p $blob /root/kept && python3 -c '{_FLIP}' $blob && touch -r /root/kept $blob",
        f"cat /root/kept > {_BLOBS}/sha256-{_KEPT_HASH}",
        "the content of {model} is what its digests say",
        r"{model} sha256:[0-9a-f]{64}: its bytes were changed",
    ),
    Act(
        "flushes the firewall",
        f"nft flush ruleset; {NAMES_AGAIN}",
        "systemctl restart llamakeep-firewall.service",
        "the table inet llamakeep is in force",
        r"table inet llamakeep is gone",
    ),
    Act(
        "adds a rule to the firewall",
        f"nft insert rule inet llamakeep {_CHAIN} tcp dport 11434 accept",
        "systemctl restart llamakeep-firewall.service",
        "the table's rules are those that converge left",
        r"its rules were changed",
    ),
    Act(
        "stops the firewall's unit",
        "systemctl stop llamakeep-firewall.service",
        "systemctl start llamakeep-firewall.service",
        "the firewall's unit is active and comes back at boot",
        r"llamakeep-firewall\.service is inactive",
    ),
    Act(
        "leaves a converge half done",
        'sed -i \'s/"complete": true/"complete": false/\' /var/lib/llamakeep/receipt.json',
        'sed -i \'s/"complete": false/"complete": true/\' /var/lib/llamakeep/receipt.json',
        "the receipt of a complete converge lies on the host",
        r"a converge began and did not reach its end",
    ),
    Act(
        "has converged the host with another value",
        "cp -p /var/lib/llamakeep/receipt.json /root/kept && "
        r"""sed -i -E 's/("ollama_keep_alive": ")[0-9a-f]*/\100/' /var/lib/llamakeep/receipt.json""",
        "mv /root/kept /var/lib/llamakeep/receipt.json",
        "the host was made from the values that the inventory has",
        r"it was made with other values of: ollama_keep_alive",
    ),
    Act(
        "lets everybody read the receipt",
        "chmod 644 /var/lib/llamakeep/receipt.json",
        "chmod 600 /var/lib/llamakeep/receipt.json",
        "only root can read the receipt",
        r"mode 0644; expected: root, root, 0600",
    ),
    Act(
        "takes the receipt away",
        "mv /var/lib/llamakeep/receipt.json /root/kept",
        "mv /root/kept /var/lib/llamakeep/receipt.json",
        "the receipt of a complete converge lies on the host",
        r"there is no /var/lib/llamakeep/receipt\.json on the host",
    ),
]
