"""What can be wrong with a chat or a gateway, in evidence, and the claim and the sentence that say so."""

from healthy import HEALTHY, drift, probed
from healthy_gateway import CALL, CHAT_LOOK, GATEWAY_LOOK, SEALED, asked, listener

from llamakeep.services.open_webui.verified.settings import ORIGIN

SEEN, GATE = CHAT_LOOK["seen"], GATEWAY_LOOK["seen"]
ENVIRONMENT, CERTIFICATE = CHAT_LOOK["environment"], GATE["certificate"]
UNIT = HEALTHY["units"]["ollama.service"]
READER = "llamakeep-gateway-reader.service"


def unit(name, **changes):
    named = ("open-webui.service", "llamakeep-gateway.socket", "llamakeep-gateway.service", READER)
    return {each: UNIT | (changes if each == name else {}) for each in named}


BROKEN_CHAT = [
    ("is_active", {"units": unit("open-webui.service", active="failed")}, r"open-webui\.service is failed"),
    ("is_active", {"units": unit("open-webui.service", enabled="disabled")}, "is disabled; expected: enabled"),
    ("answers", {"seen": SEEN | {"version": "0.9.6"}}, r"Open WebUI 0\.9\.6 answers; expected: 0\.12\.4"),
    ("answers", {"seen": {"answers": False}}, "nothing answers as Open WebUI on port 8080"),
    ("vulnerabilities", {"seen": SEEN | {"version": "0.8.12"}}, r"Open WebUI 0\.8\.12 has CVE-2026-45671 \(8\.0\)"),
    ("door", {"listeners": [listener("0.0.0.0", 8080)]}, r"port 8080 listens on 0\.0\.0\.0; expected: 127\.0\.0\.1"),
    ("door", {"listeners": [listener("127.0.0.1", 8080, "socat", 77)]}, r"socat listens on 127\.0\.0\.1"),
    ("sealed", {"inside": SEALED | {"interfaces": ["lo", "eth0"]}}, "it also sees eth0"),
    ("sealed", {"inside": SEALED | {"routes": ["0.0.0.0/0 via eth0"]}}, r"the first is 0\.0\.0\.0/0 via eth0"),
    (
        "sealed_processes",
        {"processes": [{"pid": 145, "program": "python", "namespace": "net:[1]"}]},
        r"process 145 \(python\) runs in the host's own network",
    ),
    (
        "sealed_processes",
        {"inside": SEALED | {"listeners": [{"address": "0.0.0.0", "port": 8080, "inode": 7}]}},
        r"port 8080 listens on 0\.0\.0\.0; expected: 127",
    ),
    ("hardening", {"units": unit("open-webui.service", private_network=False)}, "PrivateNetwork=no is in force"),
    ("hardening", {"exposure": 4.2}, r"says 4\.2; expected: 1\.5 or less"),
    ("sign_up", {"seen": SEEN | {"sign_up": True}}, "its page offers to sign up"),
    ("sign_up", {"sign_up": 400}, "gets status 400; expected: 403"),
    ("has_an_administrator", {"users": CHAT_LOOK["users"][1:]}, "none of its users is an administrator"),
    ("users", {"users": CHAT_LOOK["users"][:1]}, r"bob@example\.org is not there, expected user"),
    (
        "users",
        {"users": [{"email": "ada@example.org", "role": "user"}, {"email": "bob@example.org", "role": "user"}]},
        r"ada@example\.org is user, expected admin",
    ),
    (
        "files",
        {"files": [{"path": "/var/lib/open-webui/webui.db", "owner": "open-webui", "mode": "0644"}]},
        r"webui\.db is of open-webui, mode 0644; expected: for its owner alone",
    ),
    (
        "files",
        {"files": [{"path": "/etc/llamakeep/open_webui/secret_key", "owner": "daemon", "mode": "0600"}]},
        "secret_key is of daemon",
    ),
    ("secrets", {"weak": ["the key that signs sessions has 3 characters"]}, "has 3 characters"),
    ("settings", {"environment": ENVIRONMENT | {"OFFLINE_MODE": "false"}}, "OFFLINE_MODE is false, expected true"),
    ("origin", {"environment": ENVIRONMENT | {ORIGIN: "*"}}, r"is \*; expected: https://chat\.example\.org"),
    (
        "origin",
        {"environment": ENVIRONMENT | {ORIGIN: "https://chat.example.org;*"}},
        "lets in every page",
    ),
    (
        "origin",
        {"environment": ENVIRONMENT | {"WEBUI_AUTH_COOKIE_SECURE": "false"}},
        "WEBUI_AUTH_COOKIE_SECURE is false, expected true",
    ),
    (
        "is_as_left",
        {"receipt": drift("file", "/etc/systemd/system/open-webui.service", "its content was changed")},
        r"open-webui\.service: its content was changed",
    ),
]
BROKEN_FRONT = [
    ("units", {"units": unit("llamakeep-gateway.socket", active="inactive")}, r"gateway\.socket is inactive"),
    ("units", {"units": unit(READER, enabled="disabled")}, r"gateway-reader\.service is disabled"),
    ("listens", {"listeners": [listener("0.0.0.0", 443)]}, r"port 443 listens on 0\.0\.0\.0; expected: 192\.0\.2\.10"),
    (
        "answers",
        {"call": {"unkeyed": [asked(error="timed out", status=0)]}},
        r"192\.0\.2\.10:443 \(the control.*timed out",
    ),
    ("answers", {"seen": GATE | {"answers": False}}, "it does not answer on its own host"),
    (
        "certificate",
        {"seen": GATE | {"certificate": CERTIFICATE | {"fault": "it has expired"}}},
        r"it has expired; expected: chat\. and api\.example\.org",
    ),
    (
        "certificate_lasts",
        {"seen": GATE | {"certificate": CERTIFICATE | {"until": "2026-01-01T00:00:00Z"}}},
        "it ends 2026-01-01T00:00:00Z",
    ),
    (
        "trust",
        {"call": {"trust": {"api.example.org": "unable to get local issuer certificate"}}},
        r"192\.0\.2\.10:443 \(the control node\), api\.example\.org: unable to get local issuer certificate",
    ),
    ("plain", {"call": {"plain": asked(status=200)}}, "GET /api/tags: 200; expected: no answer"),
    ("foreign_name", {"call": {"foreign": asked(status=200)}}, "another name: GET /api/tags: 200; expected: 421"),
    ("no_key", {"call": {"unkeyed": [asked(), asked("/api/pull", 200, "POST")]}}, "POST /api/pull: 200; expected: 401"),
    ("no_key", {"call": {"unkeyed": [asked(headers={"content-type": "text/html"})]}}, "401, and no JSON"),
    ("wrong_key", {"call": {"miskeyed": [asked(status=200)]}}, "GET /api/tags: 200; expected: 401"),
    ("log", {"key_in_log": True}, "what was asked just now stands in the journal"),
    ("keys", {"seen": GATE | {"keys": ["ann", "eve"]}}, "eve has a key, expected: none"),
    ("keys", {"seen": GATE | {"keys": []}}, "ann has no key in force"),
    (
        "backends",
        {"seen": GATE | {"backends": [each | {"up": False} for each in GATE["backends"]]}},
        r"no host answers for mistral:7b \(llm1, llm2: not there\)",
    ),
    (
        "routes",
        {"seen": GATE | {"backends": [*GATE["backends"], {"model": "mistral:7b", "host": "llm3", "up": True}]}},
        "mistral:7b is led to llm1 and llm2 and llm3, expected llm1 and llm2",
    ),
    ("chats", {"chats": [{"host": "chat1", "up": False}]}, "chat1 does not answer the gateway"),
    ("chat_answers", {"call": {"config": asked("/api/config", 503)}}, "GET /api/config: 503"),
    (
        "not_logged_in",
        {"call": {"unauthenticated": [asked("/api/models", 200)]}},
        "GET /api/models: 200; expected: 401 or 403",
    ),
    ("sign_up", {"call": {"sign_up": asked("/api/v1/auths/signup", 200, "POST")}}, "signup: 200; expected: 403"),
    ("attached", {"call": {"file": asked("/api/v1/files/", 401, "POST")}}, "POST /api/v1/files/: 401; expected: 403"),
    (
        "headers",
        {"call": {"page": CALL["page"] | {"headers": {}}}},
        r"192\.0\.2\.10:443 \(the control node\): no strict-transport-security",
    ),
    (
        "headers",
        {"call": {"page": CALL["page"] | {"headers": CALL["page"]["headers"] | {"x-frame-options": "SAMEORIGIN"}}}},
        "x-frame-options is SAMEORIGIN; expected: DENY",
    ),
    ("metrics", {"listeners": [listener("0.0.0.0", 8405)]}, r"port 8405 listens on 0\.0\.0\.0; expected: 127"),
    (
        "no_second_way",
        {"listeners": [listener("192.0.2.10", 8443, "haproxy", 300, "llamakeep-gateway.service")]},
        r"it also listens on 192\.0\.2\.10 port 8443",
    ),
    ("reader", {"reader": {"interfaces": ["lo", "eth0"], "routes": [], "listeners": []}}, "it also sees eth0"),
    (
        "files",
        {"files": [{"path": "/etc/llamakeep/gateway/certificate.pem", "owner": "root", "mode": "0644"}]},
        r"certificate\.pem is of root, mode 0644",
    ),
    (
        "is_as_left",
        {"receipt": drift("file", "/etc/llamakeep/gateway/haproxy.cfg", "its content was changed")},
        r"haproxy\.cfg: its content was changed",
    ),
]
BROKEN_CHAT_PROBES = [
    (
        "reach.untrusted_stays_outside_of_the_chat",
        probed(("192.0.2.5", "answers", "")),
        r"192\.0\.2\.5:11434 answers to outsider; expected: gateway_hosts only",
    ),
    (
        "reach.allowed_reaches_the_chat",
        probed(("192.0.2.5", "silent", ""), prober="gate1"),
        r"192\.0\.2\.5:11434: silent for gate1; expected: the chat of chat1",
    ),
    (
        "reach.allowed_reaches_the_chat",
        probed(("192.0.2.5", "answers", "ollama"), prober="gate1"),
        "answers, but not as Open WebUI does for gate1",
    ),
]
