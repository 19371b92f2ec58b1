"""`make drill-tls`: is any request lost while certificates are renewed, the root is replaced, or a client comes?

On a fleet of two llm hosts, a chat that asks one of them itself, and a gateway, with sixteen clients who ask without
pause: on loopback, at the gateway, in the chat, and at a door that is plain by its named option. Prints one line of a
table for each act; fails where a request was refused, reset or cut.
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS)]

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, internal_ca  # noqa: E402

from llamakeep import keys  # noqa: E402
from llamakeep.ca import between  # noqa: E402
from llamakeep_lab import front  # noqa: E402
from llamakeep_lab.machine import File  # noqa: E402
from raised import raised  # noqa: E402

ASKER = (Path(__file__).parent / "asker.py").read_bytes()
FRIENDS = "registry_hosts"
LONGEST = 1200  # seconds that clients ask where nobody tells them that it is enough


class Load(threading.Thread):
    """Clients on one machine, until they are stopped."""

    def __init__(self, name, machine, **wanted):
        super().__init__()
        self.called, self.machine, self.wanted, self.tally = name, machine, wanted, {}

    def run(self):
        said = self.machine.exec(["python3", "/root/asker.py", json.dumps(self.wanted)])
        self.tally = json.loads(said.stdout)


class Drill:
    """One fleet, and what is done with it."""

    def __init__(self, lab):
        self.lab, self.clean = lab, True
        self.key = ""
        for host in lab.machines.values():
            host.put_all({"/root/asker.py": File(ASKER)})

    @property
    def inventory(self):
        return str(self.lab.inventory)

    def kit(self, *words):
        began = time.monotonic()
        done = subprocess.run(
            [Path(sys.executable).with_name("llamakeep"), *words, "-i", self.inventory],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"llamakeep {' '.join(words)}: {done.stdout[-3000:]}{done.stderr[-2000:]}")
        return time.monotonic() - began

    def settle(self):
        """Have the chat ask an llm host by itself, and the second one's door plain; then converge."""
        vars_ = self.lab.inventory / "group_vars"
        self.allow("gateway_hosts", "chat_hosts")
        chat = vars_ / "chat_hosts" / "drill.yml"
        chat.write_text(yaml.safe_dump({"open_webui_backend_key": ""}))
        secrets = vars_ / "chat_hosts" / "secrets.yml"
        kept = yaml.safe_load(secrets.read_text())
        kept.pop("open_webui_backend_key", None)
        secrets.write_text(yaml.safe_dump(kept))
        (self.lab.inventory / "host_vars").mkdir(exist_ok=True)
        plain = {"ollama_api_tls": "none", "ollama_api_groups": ["gateway_hosts", FRIENDS]}
        (self.lab.inventory / "host_vars" / "llm2.yml").write_text(yaml.safe_dump(plain))
        self.key = keys.add(self.inventory, f"drill{int(time.time())}").key.get_secret_value()
        self.kit("up")

    def allow(self, *groups):
        path = self.lab.inventory / "host_vars" / "llm1.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"ollama_api_groups": list(groups)}))

    def loads(self):
        hosts = self.lab.machines
        llm1, llm2, gateway, asker = hosts["llm1"], hosts["llm2"], hosts["gateway1"], hosts["registry1"]
        few = {"stream": False, "options": {"num_predict": 1}}
        question = {"model": "smollm2:135m", "prompt": "?", **few}
        talk = {"model": "smollm2:135m", "messages": [{"role": "user", "content": "?"}], **few}
        log_in = {"email": front.ADMIN, "password": front.password(self.lab.inventory)}
        # A key has 600 requests a minute.
        to = {"address": gateway.address4, "seconds": LONGEST, "clients": 2, "pause": 0.3}
        bearer = {"headers": {"Authorization": f"Bearer {self.key}"}}
        pair = {"seconds": LONGEST, "clients": 2, "pause": 0.05}
        ways = (
            ("loopback", llm1, "http://localhost:11434", "/api", question, {**pair, "address": "127.0.0.1"}),
            ("gateway", asker, f"https://api.{front.DOMAIN}:443", "/api", question, {**to, **bearer}),
            ("chat", asker, f"https://chat.{front.DOMAIN}:443", "/ollama/api", talk, {**to, "login": log_in}),
            (
                "plain door",
                asker,
                f"http://{llm2.address4}:11434",
                "/api",
                question,
                {**pair, "address": llm2.address4},
            ),
        )
        # Short ones on kept connections, and real questions on new ones.
        return [
            load
            for name, machine, base, api, body, how in ways
            for load in (
                Load(f"{name}, kept", machine, url=f"{base}{api}/version", kept=True, **how),
                Load(
                    f"{name}, new",
                    machine,
                    url=f"{base}{api}/{'chat' if body is talk else 'generate'}",
                    kept=False,
                    body=body,
                    **how,
                ),
            )
        ]

    def under_load(self, name, work):
        machines = self.lab.machines.values()
        for machine in machines:
            machine.exec(["rm", "-f", "/root/enough"])
        loads = self.loads()
        for load in loads:
            load.start()
        time.sleep(5)
        took = work()
        time.sleep(5)
        for machine in machines:
            machine.exec(["touch", "/root/enough"])
        for load in loads:
            load.join()
        asked = sum(load.tally["asked"] for load in loads)
        lost = sum(sum(load.tally["wrong"].values()) for load in loads)
        worst = max(load.tally["worst"] for load in loads)
        say(f"| {name} | {took:.0f} | {asked:,} | {lost} | {worst} s |")
        for load in loads:
            if load.tally["wrong"]:
                say(f"{load.called}: {load.tally['wrong']}", sys.stderr)
        self.clean &= lost == 0 and took < LONGEST - 10

    def aged(self):
        """Give every host that has one a certificate of which a third is over; return how long that took."""
        began = time.monotonic()
        ca = between.opened(between.place(self.lab.inventory))
        before = internal_ca.now() - hosts_ca.LIFE / 2
        for name in ("llm1", "chat1", "gateway1"):  # llm2, whose door is plain, has none
            text, _ = hosts_ca.issue(ca, name, before)
            host = self.lab.machines[name]
            host.put_all({"/etc/llamakeep/tls/host.pem": File(text.encode(), mode=0o640)})
            host.exec(["chgrp", "llamakeep-tls", "/etc/llamakeep/tls/host.pem"])
            host.exec(["systemctl", "reload", "llamakeep-tls"])
        return time.monotonic() - began

    def replaced(self):
        return self.kit("ca", "renew", "--hosts") + self.kit("up") + self.kit("up")


def say(text, to=None):
    print(text, file=to or sys.stdout, flush=True)


def drill(chosen):
    """Do all of it, or what is chosen by its number; return whether no request was lost."""
    with raised("drill-tls", "LLAMAKEEP_TEST_LAB", front=True) as lab:
        one = Drill(lab)
        acts = (
            ("certificates exchanged by hand, and reloaded", one.aged),
            ("certificates renewed by a run", lambda: one.aged() + one.kit("up")),
            ("an allowed client added", lambda: one.allow("gateway_hosts", "chat_hosts", FRIENDS) or one.kit("up")),
            ("an allowed client removed", lambda: one.allow("gateway_hosts", "chat_hosts") or one.kit("up")),
            ("the root replaced, in two runs", one.replaced),
        )
        one.settle()
        say("| what was done | s | requests | lost | worst wait |\n|---|---|---|---|---|")
        for number, (name, work) in enumerate(acts, 1):
            if not chosen or str(number) in chosen:
                one.under_load(name, work)
        return one.clean


if __name__ == "__main__":
    sys.exit(not drill(sys.argv[1:]))
