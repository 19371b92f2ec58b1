"""A chat with three more doors out is as sealed as before, and its secrets are root's."""

import json

import pytest

from .conftest import SECRETS

pytestmark = pytest.mark.lab


def test_a_second_run_changes_nothing(seat):
    again = seat.converge()
    assert (again.code, again.changed) == (0, 0), again.text
    look = json.loads(seat.sh("python3 /root/receipt.py look"))
    assert look["drift"] == []
    assert look["receipt"]["complete"]


def test_its_network_lists_loopback_and_nothing_else(seat):
    seat.log_in()
    for unit in ("open-webui.service", "open-webui-web.service"):
        seen = seat.sh(f"tail -n +3 /proc/$(systemctl show -P MainPID {unit})/net/dev | cut -d: -f1")
        assert seen.split() == ["lo"], unit


def socket(last, port):
    """Return 127.0.0.<last>:port as the kernel writes it."""
    return f"0{last}00007F:{port:04X}"


def test_each_server_has_a_door_and_an_address_of_its_own(seat):
    listening = "awk '$4 == \"0A\" {print $2}' /proc/$(systemctl show -P MainPID {unit})/net/tcp"
    inside = {socket(*place) for place in (("1", 11434), ("2", 636), ("3", 9443), ("4", 5432))}
    assert inside < set(seat.sh(listening.replace("{unit}", "open-webui")).split())
    assert not inside & set(seat.sh("awk '{print $2}' /proc/net/tcp").split())
    for kind in ("ldap", "oidc", "database"):
        said = seat.sh(f"systemd-analyze security --no-pager open-webui-{kind}.service | tail -1")
        assert float(said.split(":")[1].split()[0]) <= 1.5, said


def test_secrets_are_nowhere_but_with_root(seat):
    assert seat.sh("stat -c '%U %a' /etc/llamakeep/open_webui/secrets") == "root 600"
    said = seat.sh(
        "journalctl --no-pager --output cat; runuser -u nobody -- ps axwwe; systemctl show open-webui; "
        "systemctl cat 'open-webui*'; "
        "cat /var/lib/llamakeep/receipt.json; find /etc /opt/llamakeep /var -type f -perm /o=r -size -1M "
        "-not -path '/var/lib/dpkg/*' -not -path '/var/lib/apt/*' -exec cat {} + | tr -d '\\0'"
    )
    for name, secret in SECRETS.items():
        assert secret not in said, name
    assert "d%2Fb%3Ap%40ss" not in said


def test_all_of_it_outlives_a_boot(seat):
    token = seat.log_in()
    seat.machine.container.restart()
    seat.machine.wait(320)  # the chat may take 300 s to start, and is part of the boot
    seat.sh(NAMES.format(address=seat.models.address4) + "systemctl start open-webui")
    assert seat.ask("/api/models", token=token)[0] == 200
    assert seat.log_in_by_name("ann", "annes geheimnis")[0] == 200


# The engine writes that file anew at each boot.
NAMES = "printf '127.0.0.1 chat.example.net\\n{address} id.example.org\\n' >> /etc/hosts; "
