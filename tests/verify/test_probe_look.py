"""A whole look at a host, against a small server: what each service asks for comes back as its evidence."""

import pytest
from healthy import DOOR, MODEL, WANTED, host
from healthy_chatbox import DESKTOP
from healthy_gateway import CHAT, GATEWAY
from test_probe_connection import OLLAMA

from llamakeep.observe.ask import units_of
from llamakeep.services.firewall.verified import look as firewall
from llamakeep.services.ollama.verified import look as server
from llamakeep.verify.evidence import Evidence
from llamakeep.verify.probe import look
from llamakeep.verify.stage import Asking, parts

# The probe forks beside the threads of the small server; on a host it has none.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
LISTED = {"name": MODEL.name, "digest": MODEL.digest, "capabilities": ["completion"]}
SERVER = OLLAMA | {
    "/api/tags": {"models": [LISTED]},
    "/api/ps": {"models": [{"name": MODEL.name, "size": 10, "size_vram": 4, "context_length": 8192}]},
    f"/api/chat:{MODEL.name}": {"message": {"content": "It is Paris."}, "eval_count": 5},
}


@pytest.fixture
def seen(serve, nobody_there, monkeypatch):
    """Return the evidence of a host that is everything, of which only the server of models runs."""
    monkeypatch.setattr(server, "_as_nobody", lambda *_: [])
    door = DOOR.model_copy(update={"port": serve(SERVER), "at": ("127.0.0.1",)})
    closed = CHAT.door.model_copy(update={"port": nobody_there, "at": ("127.0.0.1",)})
    everything = host(
        ollama=WANTED.model_copy(update={"door": door}),
        open_webui=CHAT.model_copy(update={"door": closed}),
        gateway=GATEWAY.model_copy(update={"addresses": ("127.0.0.1",), "port": nobody_there}),
        chatbox=DESKTOP,
    )
    asked = {name: stage.request(Asking(everything, "nonce"), wanted) for name, stage, wanted in parts(everything)}
    request = {
        "deep": False,
        "receipt_source": 'print(\'{"receipt": null, "drift": []}\')',
        "units": units_of(everything),
        "services": {name: one for name, one in asked.items() if one is not None},
    }
    return Evidence.model_validate(look.Look(request).all())


def test_each_service_that_is_asked_for_comes_back(seen):
    assert set(seen.services) == {"firewall", "ollama", "open_webui", "gateway", "chatbox"}
    assert seen.receipt.receipt is None
    assert seen.listeners


def test_the_server_of_models_is_asked_and_tried(seen):
    found = seen.services["ollama"]
    assert (found.api.version, found.api.foreign_status) == ("0.34.4", 403)
    assert [(each.name, each.size_vram, each.context) for each in found.loaded] == [(MODEL.name, 4, 8192)]
    assert found.answer.text == "It is Paris."
    assert [(each.outcome, each.speaks) for each in found.door] == [("answers", "ollama")]
    assert {each.status for each in found.managing} == {404}  # this one refuses nobody: it has no such model
    assert found.managing[0].what == "DELETE /api/delete"
    assert [each.port for each in found.manage] == [11436]


def test_who_does_not_run_is_not_called(seen):
    assert seen.services["open_webui"].seen.answers is False
    assert seen.services["gateway"].calls == ()


def test_a_part_that_fails_leaves_its_reason(monkeypatch):
    def broken(*_):
        raise OSError("no such table")

    monkeypatch.setattr(firewall, "_table", broken)
    request = {"deep": False, "receipt_source": "", "units": [], "services": {"firewall": {"table": "inet x"}}}
    seen = Evidence.model_validate(look.Look(request).all())
    assert seen.services == {}
    assert seen.why_not("firewall") == "no such table"
