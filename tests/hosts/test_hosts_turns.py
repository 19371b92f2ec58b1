"""Who stands behind a jump host waits for a turn there, and nobody else does."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fake_host import Scene
from llamakeep.hosts.conversation import UnreachableError
from llamakeep.hosts.turns import Turns
from llamakeep.hosts.way import Way

JUMP = {"proxyjump": "jump.example"}


def test_no_more_than_eight_are_on_their_way_over_one_jump_host():
    turns, inside, most, lock = Turns(), 0, 0, threading.Lock()

    def log_in(_):
        nonlocal inside, most
        with turns.at(lambda: JUMP) as waited:
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.02)
            with lock:
                inside -= 1
        return waited

    with ThreadPoolExecutor(24) as pool:
        waited = list(pool.map(log_in, range(24)))
    assert (most, inside) == (8, 0)
    assert max(waited) > 0.02


def test_without_a_jump_host_nobody_waits_and_soon_nobody_is_asked():
    turns = Turns()
    for _ in range(16):
        assert turns.is_worth_asking()
        with turns.at(lambda: {"proxyjump": "none"}) as waited:
            assert waited == 0
    assert not turns.is_worth_asking()
    with turns.at(lambda: JUMP):
        assert turns.is_worth_asking()


@pytest.mark.parametrize(
    ("config", "calls"),
    [("echo proxyjump jump.example;", 2), ("echo 'proxycommand ssh -W %h:%p jump';", 2), ("echo proxyjump none;", 1)],
)
def test_who_was_turned_away_at_a_jump_host_comes_again_in_turn(tmp_path, config, calls):
    scene = Scene(tmp_path)
    scene.ssh("echo 'kex_exchange_identification: Connection closed by remote host' >&2; exit 255", config=config)
    turns = Turns()
    while turns.is_worth_asking():
        pass
    with pytest.raises(UnreachableError):
        Way(scene.connection(), turns=turns).run("echo here", 10)
    assert len([line for line in scene.called if " -T " in line]) == calls
