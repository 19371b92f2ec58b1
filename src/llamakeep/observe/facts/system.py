"""What the machine is."""

import re
import shlex

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.machine import available_on_darwin, processor, virtualisation
from llamakeep.observe.facts.reboot import pending
from llamakeep.observe.seen import System

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

# Python of macOS is an offer to install one, put up on its screen, where Apple's tools are missing: not to be run.
_QUESTION = r"""
set -- $(uname -srm)
echo "kernel=$1"; echo "release=$2"; echo "machine=$3"; echo "root=$LLAMAKEEP_ROOT"
if [ "$1" = Darwin ]; then
    for key in hw.memsize hw.ncpu hw.optional.arm64 machdep.cpu.brand_string kern.hv_vmm_present; do
        value=$(sysctl -n "$key") && echo "$key=$value"
    done
    sw_vers; vm_stat
    [ "$(command -v "$python")" != /usr/bin/python3 ] || xcode-select -p >/dev/null || exit 0
    echo "python=$("$python" -V 2>&1)"
    exit 0
fi
echo "cpus=$(getconf _NPROCESSORS_ONLN || nproc)"
sed -n -e 's/^MemTotal: *\([0-9]*\) kB/memory_kib=\1/p' -e 's/^MemAvailable: *\([0-9]*\) kB/available_kib=\1/p' \
    -e '/^model name/{s/^[^:]*: */processor=/p;q;}' -e '/^CPU part/{s/^[^:]*: */part=/p;q;}' /proc/meminfo /proc/cpuinfo
if [ -d /run/systemd/system ]; then init=$(systemctl --version); init=${init%%+*}
else read -r init </proc/1/comm; fi
echo "init=$init"
if command -v systemd-detect-virt >/dev/null; then echo "detected=$(systemd-detect-virt)"
else
    [ -e /.dockerenv ] && echo detected=docker
    [ -e /run/.containerenv ] && echo detected=podman
    for word in sys_vendor product_name; do
        if [ -r "/sys/class/dmi/id/$word" ]; then read -r value <"/sys/class/dmi/id/$word"; echo "$word=$value"; fi
    done
fi
if [ -e /var/run/reboot-required ]; then
    echo 'asked=/var/run/reboot-required'; sed -e 's/^/package=/' -e 20q /var/run/reboot-required.pkgs
fi
for kernel in /boot/vmlinuz-*; do echo "installed=${kernel#/boot/vmlinuz-}"; done
if [ -x /usr/sbin/haproxy ]; then set -- $(/usr/sbin/haproxy -v); echo "haproxy=$3"
elif command -v apt-cache >/dev/null; then apt-cache policy haproxy | sed -n 's/^ *Candidate: /haproxy=/p'; fi
echo "python=$("$python" -V 2>&1)"
os=/etc/os-release; [ -r "$os" ] || os=/usr/lib/os-release
sed -n -e 's/^ID=/os=/p' -e 's/^VERSION_ID=/os_version=/p' -e 's/^PRETTY_NAME=/os_name=/p' "$os"
"""


class SystemFact(Fact[System]):
    """Operating system, hardware, init, Python, HAProxy, what asks for a reboot, and whether we may act as root.

    >>> System(os="debian", os_version="13", os_name="Debian GNU/Linux 13 (trixie)", architecture="amd64",
    ...        kernel="6.12.48", init="systemd 257", cpus=16, memory=67310858240, python="3.13.5", root="sudo",
    ...        processor="AMD EPYC 9554 64-Core Processor", available=61203283968, virtualisation="kvm",
    ...        reboot_pending="linux-image-6.12.57", haproxy="3.0.11-1+deb13u4")
    """

    name = "system"

    def question(self, ask: Ask) -> str:
        """Ask uname, os-release, /proc and the interpreter; on macOS sw_vers, sysctl and vm_stat."""
        return f"python={shlex.quote(ask.python)}\n{_QUESTION}"

    def parse(self, answer: str) -> System:
        """Read `name=value` lines; values of os-release may be quoted."""
        said: dict[str, list[str]] = {}
        for line in answer.splitlines():
            name, equals, value = line.partition("=")
            if equals:
                said.setdefault(name, []).append(value.strip().strip("\"'"))
        one = {name: values[-1] for name, values in said.items()}
        python = re.search(r"^Python (3\.[0-9.]+)", one.get("python", ""))
        shared = {"python": python[1] if python else None, "root": one["root"], "kernel": one["release"]}
        if one["kernel"] == "Darwin":
            return System(**shared, **_of_macos(one, answer))  # type: ignore[arg-type] # the record checks every one
        init = re.match(r"systemd [0-9]+", one.get("init", ""))
        kind = virtualisation(one)
        return System(
            **shared,  # type: ignore[arg-type] # the record refuses what does not fit
            os=one.get("os") or one["kernel"].lower(),
            os_version=one.get("os_version", ""),
            os_name=one.get("os_name") or one["kernel"],
            architecture=_ARCHITECTURES.get(one["machine"], one["machine"]),
            init=init[0] if init else one.get("init") or "unknown",
            cpus=int(one.get("cpus") or 0),
            memory=int(one.get("memory_kib") or 0) * 1024,
            processor=processor(one),
            available=int(one["available_kib"]) * 1024 if one.get("available_kib") else None,
            virtualisation=kind,
            reboot_pending=pending(one["release"], said, kind),
            haproxy="" if one.get("haproxy") == "(none)" else one.get("haproxy", ""),
        )


def _of_macos(said: dict[str, str], answer: str) -> dict[str, object]:
    """Return what macOS says in its own way; under Rosetta uname speaks of the other processor."""
    version = re.search(r"^ProductVersion:\s*(\S+)", answer, flags=re.MULTILINE)
    release = version[1] if version else ""
    return {
        "os": "macos",
        "os_version": release,
        "os_name": f"macOS {release}".strip(),
        "architecture": "arm64" if said.get("hw.optional.arm64") == "1" else _ARCHITECTURES[said["machine"]],
        "init": "launchd",
        "cpus": int(said.get("hw.ncpu") or 0),
        "memory": int(said.get("hw.memsize") or 0),
        "processor": said.get("machdep.cpu.brand_string", ""),
        "available": available_on_darwin(answer),
        "virtualisation": "apple" if said.get("kern.hv_vmm_present") == "1" else "",
    }
