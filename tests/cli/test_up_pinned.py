"""`up --here` pins what its lock lacks, and reads the inventory once where it lacks nothing."""

from types import SimpleNamespace

import pytest

import llamakeep.inventory
import llamakeep.lock
from llamakeep.cli import up
from llamakeep.errors import Refusal, refuse

UNLOCKED = Refusal("models.yml:3", "mistral:7b is not in llamakeep.lock", id="model-not-locked")
WRONG = Refusal("models.yml:4", "is 7", id="value-type-wrong")


def whole(dimensions="read"):
    return SimpleNamespace(lock=SimpleNamespace(models={"mistral:7b": SimpleNamespace(dimensions=dimensions)}))


@pytest.fixture
def asked(monkeypatch):
    """Have each reading of the inventory answer with the next of these; return what was done, in order."""
    done = []

    def play(*answers):
        rest = list(answers)

        def choose(*_):
            done.append("read")
            answer = rest.pop(0)
            if isinstance(answer, list):
                refuse(answer)
            return answer, frozenset({"here"})

        monkeypatch.setattr(llamakeep.inventory, "choose", choose)
        monkeypatch.setattr(llamakeep.lock, "extend", lambda _: done.append("lock"))
        return done

    return play


@pytest.mark.parametrize(
    ("answers", "steps"),
    [
        ([whole()], ["read"]),
        ([[UNLOCKED], whole()], ["read", "lock", "read"]),
        ([whole(dimensions=None), whole(dimensions=None)], ["read", "lock", "read"]),
    ],
)
def test_the_lock_is_brought_up_to_date_only_where_it_lacks_something(asked, answers, steps):
    done = asked(*answers)
    fleet, chosen = up._pinned("here", None)
    assert (fleet, chosen) == (answers[-1], {"here"})
    assert done == steps


@pytest.mark.parametrize(
    ("answers", "steps"), [([[WRONG]], ["read"]), ([[UNLOCKED, WRONG], [WRONG]], ["read", "lock", "read"])]
)
def test_what_else_is_wrong_is_refused(asked, answers, steps):
    done = asked(*answers)
    with pytest.raises(Refusal, match="is 7"):
        up._pinned("here", None)
    assert done == steps
