"""A unit of a lab host that runs and does nothing any more."""

from llamakeep_lab import Machine

# A process that stands still hears no SIGTERM: it goes on once it is told to end, or systemd would wait for it.
_HANG = """
systemctl kill --signal STOP {unit}
systemd-run --quiet --collect bash -c '
    for n in {{1..3000}}; do
        [ "$(systemctl show -P ActiveState {unit})" = deactivating ] && break
        sleep 0.2
    done
    systemctl kill --signal CONT {unit}
'
"""


def hang(machine: Machine, unit: str) -> None:
    """Have a unit stand still until systemd is told to stop it, ten minutes at most."""
    machine.exec(["bash", "-c", _HANG.format(unit=unit)])
