"""One emulated machine with a kernel of its own: cgroup v2 with all its controllers, which a lab host does not have.

Made once with mmdebstrap and kept in the user's cache; what a drill writes on it is gone when it ends.
"""

import platform
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = Path.home() / ".cache" / "llamakeep" / "emulated"
PACKAGES = "linux-image-cloud-amd64,systemd,systemd-sysv,dbus,openssh-server,python3,haproxy,curl,iproute2"
NETWORK = "[Match]\\nName=en* eth*\\n[Network]\\nDHCP=yes\\n"
BOOT = 600  # seconds that it may take until its ssh answers
# Its disk is made here, with a host key that nobody could know before, and its ssh is on loopback.
QUICK = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"


class Machine:
    """It, and the port at which its ssh answers."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.ssh = ["ssh", *QUICK.split(), "-i", str(folder / "key"), "-p", str(port), "root@127.0.0.1"]

    def sh(self, script: str, given: bytes = b"", *, check: bool = True) -> str:
        """Run a script as root, and return what it said."""
        done = subprocess.run([*self.ssh, script], input=given, capture_output=True, check=False)
        if check and done.returncode:
            raise SystemExit(f"{script}\n{done.stdout.decode()}{done.stderr.decode()}")
        return done.stdout.decode().strip()


def make(folder: Path) -> None:
    """Have a disk, a kernel and a key; what is there already takes no time."""
    disk = folder / "disk.img"
    if disk.exists():
        return
    for program, package in (("mmdebstrap", "mmdebstrap"), ("qemu-system-x86_64", "qemu-system-x86")):
        if not shutil.which(program):
            raise SystemExit(f"no {program}, which this drill needs\n  → apt-get install {package}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    hooks = (
        f'mkdir -p -m 700 "$1/root/.ssh" && cp "{folder}/key.pub" "$1/root/.ssh/authorized_keys"',
        f'printf "{NETWORK}" >"$1/etc/systemd/network/all.network" && systemctl --root "$1" enable systemd-networkd',
        'systemctl --root "$1" enable ssh',
        'systemctl --root "$1" mask haproxy apt-daily.timer apt-daily-upgrade.timer',
        f'cp "$1"/boot/vmlinuz-* "{folder}/kernel" && cp "$1"/boot/initrd.img-* "{folder}/initrd"',
    )
    words = [f"--customize-hook={hook}" for hook in hooks]
    made = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", *words, "trixie", folder / "root"]
    subprocess.run(made, check=True)
    subprocess.run(["truncate", "-s", "1500M", folder / "new.img"], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-d", folder / "root", folder / "new.img"], check=True)
    shutil.rmtree(folder / "root")
    (folder / "new.img").rename(disk)


@contextmanager
def booted(memory: str = "2048") -> Iterator[Machine]:
    """Boot it, and switch it off afterwards."""
    if platform.machine() != "x86_64":
        raise SystemExit("the emulated machine is an amd64 one, and is made on one")
    make(KEPT)
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    words = f"-accel tcg,thread=multi -cpu max -smp 2 -m {memory} -display none -snapshot -serial file:{KEPT}/console"
    nic = f"user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:{port}-:22"
    files = [
        "-kernel",
        KEPT / "kernel",
        "-initrd",
        KEPT / "initrd",
        "-drive",
        f"file={KEPT}/disk.img,format=raw,if=virtio",
    ]
    append = ["-append", "root=/dev/vda rw console=ttyS0 quiet"]
    process = subprocess.Popen(["qemu-system-x86_64", *words.split(), "-nic", nic, *files, *append])
    try:
        machine = Machine(KEPT, port)
        until = time.monotonic() + BOOT
        while machine.sh("echo up", check=False) != "up":
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the emulated machine did not come up; see {KEPT}/console")
            time.sleep(2)
        yield machine
    finally:
        process.terminate()
        process.wait()
