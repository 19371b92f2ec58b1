"""What the machine is, from what Linux, WSL and macOS print."""

import pytest
from hosts_said import said

from llamakeep.observe.facts.machine import virtualisation
from llamakeep.observe.facts.reboot import newest, pending
from llamakeep.observe.facts.system import SystemFact
from llamakeep.observe.seen import System


def seen(case: str) -> System:
    return SystemFact().parse(said("system", case))


def test_a_debian_host() -> None:
    assert seen("debian-13-root") == System(
        os="debian",
        os_version="13",
        os_name="Debian GNU/Linux 13 (trixie)",
        architecture="amd64",
        kernel="6.12.57+deb13-amd64",
        init="systemd 257",
        cpus=2,
        memory=24684096 * 1024,
        python="3.13.5",
        root="is root",
    )


def test_without_systemd_and_python() -> None:
    system = seen("no-systemd-no-python")
    assert (system.init, system.python, system.root) == ("sshd", None, "is root")


def test_where_sudo_asks() -> None:
    assert seen("sudo-asks-for-a-password").root == "sudo asks for a password"


@pytest.mark.parametrize(("case", "release"), [("debian-12-container", "12"), ("debian-13-container", "13")])
def test_a_container_runs_on_a_kernel_that_is_not_its_own(case: str, release: str) -> None:
    system = seen(case)
    assert (system.os_version, system.virtualisation, system.reboot_pending) == (release, "docker", "")
    assert system.processor == "AMD EPYC"
    assert system.available is not None
    assert 0 < system.available < system.memory


def test_packages_that_ask_for_a_reboot_are_named_once() -> None:
    system = seen("ubuntu-24-reboot-required")
    assert system.reboot_pending == "linux-image-6.8.0-47-generic, linux-base"
    assert (system.virtualisation, system.init) == ("kvm", "systemd 255")


def test_a_newer_kernel_asks_for_a_reboot() -> None:
    system = seen("rocky-9-newer-kernel")
    assert system.reboot_pending == "kernel 5.14.0-427.42.1.el9_4.x86_64"
    assert (system.os, system.os_version, system.virtualisation) == ("rocky", "9.4", "")


def test_wsl2() -> None:
    assert seen("wsl2").virtualisation == "wsl2"


def test_an_arm_guest_without_systemd() -> None:
    system = seen("arm-without-systemd")
    assert (system.architecture, system.processor, system.virtualisation) == ("arm64", "Neoverse-N1", "kvm")
    assert (system.init, system.root, system.reboot_pending) == ("init", "no", "")


def test_macos_under_rosetta_is_still_arm() -> None:
    assert seen("macos-15-under-rosetta") == System(
        os="macos",
        os_version="15.6.1",
        os_name="macOS 15.6.1",
        architecture="arm64",
        kernel="24.6.0",
        init="launchd",
        cpus=24,
        memory=68719476736,
        python="3.9.6",
        root="sudo asks for a password",
        processor="Apple M2 Ultra",
        available=(19455 + 425521 + 946) * 16384,
    )


def test_an_intel_mac_in_a_virtual_machine() -> None:
    system = seen("macos-26-intel-vm-without-python")
    assert (system.os_version, system.architecture, system.virtualisation) == ("26.1", "amd64", "apple")
    assert (system.python, system.available) == (None, None)


@pytest.mark.parametrize(
    ("running", "installed", "newer"),
    [
        ("6.1.0-26-amd64", ("6.1.0-9-amd64", "6.1.0-26-amd64"), None),
        ("6.1.0-9-amd64", ("6.1.0-9-amd64", "6.1.0-26-amd64"), "6.1.0-26-amd64"),
        ("6.1.0-9-amd64", ("6.1.0-26-rt-amd64", "6.1.0-26-cloud-amd64"), None),
        ("6.8.0-1009-aws", ("6.8.0-47-generic",), None),
        ("6.12.48", ("*",), None),
        ("6.11.5-arch1-1", ("linux",), None),
        ("6.12.57+deb13-amd64", (), None),
    ],
)
def test_the_newest_kernel_of_the_same_kind(running: str, installed: tuple[str, ...], newer: str | None) -> None:
    assert newest(running, installed) == newer


def test_a_reboot_that_nobody_gives_a_reason_for() -> None:
    assert pending("6.8.0", {"asked": ["/var/run/reboot-required"]}, "kvm") == "/var/run/reboot-required"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"detected": "none"}, ""),
        ({}, ""),
        ({"detected": "microsoft"}, "microsoft"),
        ({"detected": "docker", "release": "5.15.167.4-microsoft-standard-WSL2"}, "docker"),
        ({"sys_vendor": "VMware, Inc.", "product_name": "VMware Virtual Platform"}, "vmware"),
        ({"sys_vendor": "Microsoft Corporation", "product_name": "Virtual Machine"}, "microsoft"),
        ({"sys_vendor": "Microsoft Corporation", "product_name": "Surface Laptop"}, ""),
        ({"sys_vendor": "Amazon EC2", "product_name": "g5.xlarge"}, "amazon"),
        ({"sys_vendor": "Amazon EC2", "product_name": "g4dn.metal"}, ""),
    ],
)
def test_what_plays_the_machine(answers: dict[str, str], kind: str) -> None:
    assert virtualisation(answers) == kind
