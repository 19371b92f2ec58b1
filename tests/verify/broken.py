"""What can be wrong with a host, in evidence, and the claim and the sentence that say so."""

from healthy import HEALTHY, MODEL, drift, probed, unit

INSIDE, API = HEALTHY["inside"], HEALTHY["api"]
RECEIPT = HEALTHY["receipt"]["receipt"]


def listener(address, port, program, pids, unit="x.service"):
    return {"address": address, "port": port, "programs": [program], "pids": pids, "units": [unit]}


BROKEN = [
    (
        "gpu.takes_what_was_estimated",
        {"loaded": [{"name": MODEL.name, "size": 420_000_000, "size_vram": 420_000_000, "context": 8192}]},
        "smollm2:135m takes 400.5 MiB; expected: 284.0 MiB, or up to ",
    ),
    (
        "gpu.lies_on_the_accelerator",
        {"loaded": [{"name": MODEL.name, "size": 1000, "size_vram": 770, "context": 8192}]},
        "smollm2:135m has 77 % of itself there; expected: 100 %",
    ),
    ("sealed.interfaces", {"inside": INSIDE | {"interfaces": ["lo", "eth0"]}}, "it also sees eth0"),
    ("sealed.routes", {"inside": INSIDE | {"routes": ["0.0.0.0/0 via eth0"]}}, "the first is 0.0.0.0/0 via eth0"),
    (
        "sealed.one_namespace",
        {"processes": [{"pid": 145, "program": "ollama", "namespace": "net:[1]"}]},
        r"process 145 \(ollama\) runs in the host's own network",
    ),
    (
        "sealed.one_namespace",
        {"processes": [*HEALTHY["processes"], {"pid": 161, "program": "llama-server", "namespace": "net:[3]"}]},
        r"process 161 \(llama-server\) runs in another network",
    ),
    (
        "sealed.one_namespace",
        {"processes": [{"pid": 145, "program": "ollama", "namespace": None}]},
        "could not be read",
    ),
    (
        "sealed.listens_on_loopback",
        {"inside": INSIDE | {"listeners": [{"address": "::", "port": 11434, "inode": 7}]}},
        "port 11434 listens on ::",
    ),
    (
        "sealed.unit_is_sealed",
        {"units": unit(private_network=False, drop_ins=["/etc/systemd/system/ollama.service.d/mine.conf"])},
        r"PrivateNetwork=no is in force by /etc/systemd/system/ollama\.service\.d/mine\.conf",
    ),
    ("sealed.unit_is_sealed", {"units": unit(stale=True)}, "not the one that systemd has loaded"),
    (
        "doors.systemd_holds_the_port",
        {"listeners": [*HEALTHY["listeners"], listener("127.0.0.9", 11434, "socat", [77])]},
        r"socat listens on 127\.0\.0\.9 port 11434; expected: systemd alone",
    ),
    (
        "doors.door_addresses",
        {"listeners": [*HEALTHY["listeners"], listener("::", 11434, "systemd", [1])]},
        r"port 11434 also listens on ::; expected: 127\.0\.0\.1, 192\.0\.2\.11",
    ),
    (
        "doors.door_addresses",
        {"listeners": HEALTHY["listeners"][:1]},
        r"port 11434 does not listen on 192\.0\.2\.11",
    ),
    (
        "doors.door_answers",
        {"door": [{"address": "127.0.0.1", "port": 11434, "outcome": "refused", "speaks": ""}]},
        r"127\.0\.0\.1:11434: refused; expected: Ollama answers",
    ),
    (
        "doors.engine_is_unreachable",
        {"nobody": [{"address": "127.0.0.1", "port": 40123, "outcome": "answers", "speaks": ""}]},
        r"127\.0\.0\.1:40123 answers to nobody; expected: only the door on port 11434",
    ),
    (
        "doors.engine_is_unreachable",
        {"nobody": [{"address": "::1", "port": 9999, "outcome": "answers", "speaks": "engine"}]},
        r"\[::1\]:9999 answers to nobody",
    ),
    (
        "doors.engine_is_unreachable",
        {
            "inside": INSIDE | {"interfaces": ["lo", "eth0"]},
            "listeners": [
                *HEALTHY["listeners"],
                listener("127.0.0.1", 40123, "llama-server", [160], unit="ollama.service"),
            ],
            "nobody": [{"address": "127.0.0.1", "port": 40123, "outcome": "answers", "speaks": ""}],
        },
        r"127\.0\.0\.1:40123 answers to nobody",
    ),
    (
        "doors.server_listens_on_loopback",
        {"listeners": [*HEALTHY["listeners"], listener("::", 11435, "ollama", [145], unit="ollama.service")]},
        r"ollama\.service listens on :: port 11435, beside its door",
    ),
    (
        "doors.no_second_way",
        {"nobody": [{"address": "127.0.0.1", "port": 11500, "outcome": "answers", "speaks": "ollama"}]},
        r"127\.0\.0\.1:11500 answers as Ollama to nobody",
    ),
    (
        "doors.door_addresses",
        {"listeners": [*HEALTHY["listeners"], listener("0.0.0.0", 11436, "systemd", [1])]},
        r"port 11436 also listens on 0\.0\.0\.0; expected: 127\.0\.0\.1",
    ),
    (
        "doors.managing_is_refused",
        {"managing": [*HEALTHY["managing"], {"what": "POST /api/create", "status": 400}]},
        "POST /api/create: status 400; expected: 403",
    ),
    (
        "doors.managing_is_for_those_named",
        {"nobody": [*HEALTHY["nobody"][:1], *HEALTHY["manage"]]},
        r"127\.0\.0\.1:11436 answers to nobody; expected: root only",
    ),
    (
        "doors.managing_answers",
        {"manage": [HEALTHY["nobody"][1]]},
        r"127\.0\.0\.1:11436: refused; expected: Ollama answers",
    ),
    ("doors.foreign_host_name", {"api": API | {"foreign_status": 200}}, "got status 200; expected: 403"),
    (
        "doors.door_is_as_left",
        {"receipt": drift("file", "/etc/systemd/system/ollama-api.socket", "missing")},
        r"ollama-api\.socket: missing",
    ),
    (
        "firewall.table_is_loaded",
        {"table": {"loaded": False, "detail": "Error: No such file or directory", "rules": 0}},
        "table inet llamakeep is gone",
    ),
    (
        "firewall.table_is_as_left",
        {"receipt": drift("firewall", "inet llamakeep", "its rules were changed")},
        "changed",
    ),
    (
        "firewall.unit_is_active",
        {"units": unit("llamakeep-firewall.service", active="inactive")},
        r"llamakeep-firewall\.service is inactive",
    ),
    ("firewall.unit_is_active", {"units": unit("llamakeep-firewall.service", enabled="disabled")}, "is disabled"),
    ("service.is_active", {"units": unit(active="failed")}, r"ollama\.service is failed; expected: active"),
    ("service.is_enabled", {"units": unit(enabled="disabled")}, r"ollama\.service is disabled"),
    ("service.version", {"api": API | {"version": "0.32.9"}}, r"Ollama 0\.32\.9 answers; expected: 0\.34\.4"),
    (
        "service.version",
        {"api": None, "failures": {"api": "the door on 127.0.0.1 port 11434 does not answer (timed out)"}},
        r"does not answer \(timed out\)",
    ),
    ("service.cloud_is_off", {"api": API | {"cloud_disabled": False}}, "cloud features are on"),
    ("service.cloud_is_off", {"api": API | {"cloud_disabled": None}}, "cloud features are on"),
    (
        "service.environment",
        {"environment": HEALTHY["environment"] | {"OLLAMA_CONTEXT_LENGTH": "4096"}},
        "OLLAMA_CONTEXT_LENGTH is 4096, expected 8192",
    ),
    ("service.hardening", {"exposure": 2.7}, r"says 2\.7; expected: 1\.5 or less"),
    (
        "service.is_as_left",
        {"receipt": drift("file", "/etc/systemd/system/ollama.service", "its content was changed")},
        r"/etc/systemd/system/ollama\.service: its content was changed",
    ),
    ("models.model_is_served", {"api": API | {"models": []}}, r"the server does not list smollm2:135m"),
    (
        "models.model_is_served",
        {"api": API | {"models": [{"name": MODEL.name, "digest": "ab" * 32, "capabilities": []}]}},
        r"smollm2:135m has the digest abababababab; expected: 5f5f5f5f5f5f",
    ),
    (
        "models.content_is_whole",
        {"receipt": drift("blob", f"{MODEL.name} sha256:{'b1' * 32}", "its bytes were changed")},
        "smollm2:135m sha256:b1b1.*: its bytes were changed",
    ),
    (
        "models.content_is_whole",
        {"receipt": drift("model", MODEL.name, "its manifest is missing")},
        "manifest is missing",
    ),
    (
        "models.content_is_whole",
        {"receipt": {"receipt": HEALTHY["receipt"]["receipt"] | {"managed": {}}, "drift": []}},
        "the receipt does not know smollm2:135m",
    ),
    (
        "answers.answers",
        {"answer": HEALTHY["answer"] | {"text": "London, I think."}},
        "smollm2:135m says 'London, I think.'; expected: Paris",
    ),
    ("answers.answers", {"answer": HEALTHY["answer"] | {"text": ""}}, "smollm2:135m answered with nothing"),
    (
        "answers.answers",
        {"answer": HEALTHY["answer"] | {"error": "model requires more system memory"}},
        "smollm2:135m: model requires more system memory",
    ),
    ("answers.answers", {"api": API | {"models": []}, "answer": None}, "lists no model that chats"),
    (
        "receipt.is_complete",
        {"receipt": {"receipt": HEALTHY["receipt"]["receipt"] | {"complete": False}, "drift": []}},
        "a converge began and did not reach its end",
    ),
    (
        "receipt.is_complete",
        {"receipt": {"receipt": None, "drift": []}},
        r"there is no /var/lib/llamakeep/receipt\.json",
    ),
    (
        "receipt.kit",
        {"receipt": {"receipt": HEALTHY["receipt"]["receipt"] | {"kit": "0.0.9+aa"}, "drift": []}},
        r"kit 0\.0\.9\+aa made it; expected: 0\.1\.0\+3f9c2a7b61de",
    ),
    (
        "receipt.inputs",
        {"receipt": {"receipt": RECEIPT | {"inputs": RECEIPT["inputs"] | {"ollama_keep_alive": "00"}}, "drift": []}},
        "it was made with other values of: ollama_keep_alive",
    ),
    (
        "receipt.inputs",
        {"receipt": {"receipt": RECEIPT | {"inputs": {}}, "drift": []}},
        "other values of: ollama_keep_alive, ollama_max_loaded_models, ollama_num_parallel",
    ),
    ("receipt.root_only", {"receipt_file": {"owner": 0, "group": 0, "mode": "0644"}}, "mode 0644"),
]
BROKEN_PROBES = [
    (
        "reach.untrusted_stays_outside",
        probed(("192.0.2.11", "silent", ""), ("2001:db8::11", "answers", "")),
        r"\[2001:db8::11\]:11434 answers to outsider; expected: chat_hosts only",
    ),
    (
        "reach.allowed_gets_in",
        probed(("192.0.2.11", "silent", ""), prober="chat1"),
        r"192\.0\.2\.11:11434: silent for chat1; expected: the models of llm1",
    ),
    (
        "reach.allowed_gets_in",
        probed(("192.0.2.11", "answers", ""), prober="chat1"),
        r"192\.0\.2\.11:11434: answers, but not as Ollama does for chat1",
    ),
]
