"""What a person can do to a chat or a gateway, and the sentence in which verify must say so.

The commands run as root on the host that `on` names, "chat" or "gateway"; in `found`, `{lan}` is that host's address.
"""

from acts import Act, drop_in

_DB = "/var/lib/open-webui/webui.db"
_SQL = """python3 -c 'import sqlite3, sys; d = sqlite3.connect("{db}"); d.execute(sys.argv[1]); d.commit()' "{sql}" """
_CONFIG = "/etc/llamakeep/gateway/haproxy.cfg"
_CERTIFICATE = "/etc/llamakeep/gateway/certificate.pem"
_RELOAD = "systemctl reload llamakeep-gateway.service && sleep 2"
_CHAT_AGAIN = (  # it waits until it answers; so many restarts would be refused
    "systemctl stop open-webui-web.socket open-webui-web.service; systemctl reset-failed open-webui.service; "
    "systemctl restart open-webui.service; "
    "systemctl start open-webui-web.socket; sleep 3"
)


def _sql(text: str) -> str:
    return _SQL.format(db=_DB, sql=text)


def edit(name: str, script: str, claim: str, found: str, path: str = _CONFIG) -> tuple[str, Act]:
    """An act that edits a file of the gateway, which then reads it."""
    do = f"cp -p {path} /root/kept && {script} && {_RELOAD}"
    return "gateway", Act(name, do, f"cat /root/kept > {path} && {_RELOAD}", claim, found)


def line(pattern: str, instead: str, path: str = _CONFIG) -> str:
    """Have every line that matches say something else."""
    return f"sed -i -E 's#{pattern}#{instead}#' {path}"


ALSO = {  # what one act breaks beside its claim: each restart of the chat takes its time
    "runs the chat unsealed, open and for every page": {
        "the unit seals the chat at its next start too, and systemd calls its exposure 1.5 or less": (
            r"PrivateNetwork=no is in force by /etc/systemd/system/open-webui\.service\.d/act\.conf"
        ),
        "nobody makes an account by himself": r"its page offers to sign up",
        "the running chat has the settings that keep it private": r"ENABLE_ADMIN_CHAT_ACCESS is true, expected false",
        "pages of other origins cannot speak to the chat, and over TLS its cookies go nowhere else": (
            r"CORS_ALLOW_ORIGIN is \*; expected: https://chat"
        ),
    },
}
ACTS = [
    (
        "chat",
        Act(
            "stops the chat",
            "systemctl stop open-webui-web.socket open-webui-web.service open-webui.service",
            "systemctl reset-failed open-webui.service; systemctl start open-webui.service open-webui-web.socket",
            "the wanted chat answers through its door",
            r"nothing answers as Open WebUI on port 8080",
        ),
    ),
    (
        "chat",
        drop_in(
            "runs the chat unsealed, open and for every page",
            "[Service]\nPrivateNetwork=no\nExecStartPre=\nEnvironment=ENABLE_SIGNUP=true\n"
            "Environment=ENABLE_ADMIN_CHAT_ACCESS=true\nEnvironment=CORS_ALLOW_ORIGIN=*\n",
            "the chat sees no network interface but loopback, and has no route to anywhere",
            r"it also sees eth0",
            unit="open-webui.service",
            then=_CHAT_AGAIN,
        ),
    ),
    (
        "chat",
        Act(
            "takes the administrator's role",
            _sql("update user set role = 'was-admin' where role = 'admin'"),
            _sql("update user set role = 'admin' where role = 'was-admin'"),
            "the chat has an administrator",
            r"none of its users is an administrator",
        ),
    ),
    (
        "chat",
        Act(
            "lets everybody read the database",
            f"chmod 755 /var/lib/open-webui; chmod 644 {_DB}",
            f"chmod 700 /var/lib/open-webui; chmod 600 {_DB}",
            "nobody but root and the chat reads its database and its secrets",
            r"webui\.db is of open-webui, mode 0644",
        ),
    ),
    (
        "chat",
        Act(
            "empties the key that signs sessions",
            "cp -p /etc/llamakeep/open_webui/secret_key /root/kept; : > /etc/llamakeep/open_webui/secret_key",
            "cat /root/kept > /etc/llamakeep/open_webui/secret_key",
            "no secret of the chat is empty, short or among those that are tried first",
            r"the key that signs sessions has 0 characters",
        ),
    ),
    (
        "chat",
        Act(
            "lets everybody through the chat's firewall",
            "for chain in $(nft list table inet llamakeep | sed -n 's/.*chain \\([a-z_-]*\\) .*/\\1/p'); do "
            "nft insert rule inet llamakeep $chain tcp dport 8080 accept; done",
            "systemctl restart llamakeep-firewall.service",
            "outsider finds no open door of the chat at any address of the host",
            r"{lan}:8080 .*answers to outsider; expected: gateway_hosts only",
        ),
    ),
    edit(
        "lets files through",
        line(".*files are not taken here.*", ""),
        "no file is taken without a log-in, and from nobody where people may not attach any",
        r"POST /api/v1/files/: 401; expected: 403",
    ),
    edit(
        "takes the keys off",
        line("^    acl known .*", "    acl known always_true"),
        "whoever has no key neither asks, lists nor manages models",
        r"expected: 401",
    ),
    edit(
        "takes the headers off",
        line("^    http-response set-header strict-transport-security .*", ""),
        "the chat's pages tell browsers to keep to TLS, and to let nobody frame or guess them",
        r"no strict-transport-security",
    ),
    edit(
        "answers to any name",
        line("^    http-request return status 421 .*", "    http-request return status 200 if !chat !api"),
        "the gateway answers to its own names alone",
        r"another name: GET /api/tags: 200; expected: 421",
    ),
    edit(
        "writes what is asked into the log",
        line("^    log-format .*", '    log-format "%r status=%ST"'),
        "neither a key nor what is asked stands in the gateway's log",
        r"what was asked just now stands in the journal",
    ),
    edit(
        "shows the metrics to the network",
        line("^    bind 127\\.0\\.0\\.1:8405", "    bind 0.0.0.0:8405"),
        "only local users of the gateway's host read its metrics",
        r"port 8405 listens on 0\.0\.0\.0",
    ),
    edit(
        "leads a model to another host",
        f"sed -i '/^    server llm1 /s/llm1/llm9/g' {_CONFIG}",
        "each model is led to all the hosts that are to have it, and to no other",
        r"is led to (\S+ and )?llm9",
    ),
    edit(
        "gives somebody a key by hand",
        "echo \"$(printf eve | sha256sum | cut -d' ' -f1) eve\" >> /etc/llamakeep/gateway/keys.map",
        "the keys in force are those of the inventory",
        r"eve has a key, expected: none",
        path="/etc/llamakeep/gateway/keys.map",
    ),
    edit(
        "brings a certificate of another CA",
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=mine "
        "-addext subjectAltName=DNS:chat.lab.example,DNS:api.lab.example -keyout /root/k -out /root/c 2>/dev/null "
        f"&& cat /root/k /root/c > {_CERTIFICATE}",
        "whoever trusts the inventory's own root trusts the gateway",
        r"self-signed certificate",
        path=_CERTIFICATE,
    ),
    edit(
        "brings a certificate for other names that ends tomorrow",
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=mine "
        "-addext subjectAltName=DNS:chat.lab.example -keyout /root/k -out /root/c 2>/dev/null "
        f"&& cat /root/k /root/c > {_CERTIFICATE}",
        "its certificate is for its names, in force, and the one on disk",
        r"it is not for api\.lab\.example",
        path=_CERTIFICATE,
    ),
    (
        "gateway",
        Act(
            "stops the gateway",
            "systemctl stop llamakeep-gateway.socket llamakeep-gateway.service",
            "systemctl start llamakeep-gateway.socket llamakeep-gateway.service; sleep 2",
            "the gateway's units are active and come back at boot",
            r"llamakeep-gateway\.socket is inactive",
        ),
    ),
    (
        "gateway",
        Act(
            "lets everybody read the private key",
            f"chmod 644 {_CERTIFICATE}",
            f"chmod 640 {_CERTIFICATE}",
            "nobody but root and the gateway reads its private key and its clients' hashes",
            r"certificate\.pem is of root, mode 0644",
        ),
    ),
    (
        "llm",
        Act(
            "shuts the models' door before the gateway",
            "systemctl stop ollama-api.socket ollama-api.service; sleep 20",
            "systemctl start ollama-api.socket; sleep 12",
            "each model that it leads to has a host that is there",
            r"no host answers for .*\(llm1, llm2: not there\)",
        ),
    ),
]
