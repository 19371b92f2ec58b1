"""What stands behind an operating system: its processor, its memory, and whether it is a real machine."""

import re

# Arm names its cores by a number in /proc/cpuinfo, those that a server for models may have.
_CORES = {
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd40": "Neoverse-V1",
    "0xd42": "Cortex-A78AE",
    "0xd49": "Neoverse-N2",
    "0xd4f": "Neoverse-V2",
    "0xd84": "Neoverse-V3",
    "0xd85": "Cortex-X925",
    "0xd87": "Cortex-A725",
    "0xd8e": "Neoverse-N3",
}

_CONTAINERS = frozenset(
    {"docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "openvz", "rkt", "proot", "pouch", "container-other"}
)

_VENDORS = (  # sys_vendor and product_name of the DMI tables, in the words of systemd-detect-virt
    (r"QEMU|KVM|OpenStack|DigitalOcean|Hetzner", "kvm"),
    (r"VMware", "vmware"),
    (r"innotek|VirtualBox", "oracle"),
    (r"Microsoft Corporation Virtual Machine", "microsoft"),
    (r"Xen", "xen"),
    (r"Amazon EC2(?!.*\.metal)", "amazon"),
    (r"Google Compute Engine", "google"),
    (r"Parallels", "parallels"),
)


def processor(said: dict[str, str]) -> str:
    """Return the name of the processor.

    >>> processor({"part": "0xd0c"})
    'Neoverse-N1'
    """
    part = said.get("part", "")
    return said.get("processor") or _CORES.get(part) or (f"Arm core {part}" if part else "")


def virtualisation(said: dict[str, str]) -> str:
    """Return what the machine is played by, in the words of systemd-detect-virt; empty: nothing that shows.

    >>> virtualisation({"release": "5.15.167.4-microsoft-standard-WSL2", "detected": "wsl"})
    'wsl2'
    """
    detected = said.get("detected", "")
    if is_container(detected):
        return detected
    if "wsl2" in said.get("release", "").lower():
        return "wsl2"
    if detected:
        return "" if detected == "none" else detected
    dmi = f"{said.get('sys_vendor', '')} {said.get('product_name', '')}"
    return next((kind for pattern, kind in _VENDORS if re.search(pattern, dmi)), "")


def is_container(kind: str) -> bool:
    """Whether the kernel is not the machine's own."""
    return kind in _CONTAINERS


def available_on_darwin(answer: str) -> int | None:
    r"""Return the bytes that nothing uses now, from vm_stat; the size of a page stands in its first line.

    >>> available_on_darwin("Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free: 100.\\n…")
    1638400
    """
    size = re.search(r"page size of (\d+) bytes", answer)
    pages = re.findall(r"^Pages (?:free|inactive|speculative):\s+(\d+)\.", answer, flags=re.MULTILINE)
    return int(size[1]) * sum(map(int, pages)) if size and pages else None
