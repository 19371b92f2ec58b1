"""Two services of one host that would listen at the same place are refused, whoever asks."""

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.ports import collisions, ways

OPTIONS = {
    "open_webui_port": 8080,
    "open_webui_addresses": ["127.0.0.1"],
    "gateway_https_port": 443,
    "gateway_addresses": ["192.0.2.10"],
    "gateway_metrics_port": 8405,
}


def wrong(**changed):
    mine = ["chat_hosts", "gateway_hosts"]
    return [(one.id, one.place, one.found) for one in collisions("gate1", ways(mine, {**OPTIONS, **changed}.get))]


def test_each_port_once_is_well():
    assert wrong() == []


def test_the_gateways_own_figures_stand_at_loopback_where_the_chats_door_is():
    found = "is 8080, as is its open_webui_port, at the same address"
    assert wrong(gateway_metrics_port=8080) == [("port-chosen-twice", "gateway_metrics_port of gate1", found)]


def test_at_other_addresses_they_do_not_meet():
    assert wrong(gateway_metrics_port=8080, open_webui_addresses=["192.0.2.10"]) == []


def test_the_two_doors_of_ollama_do_not_share_a_port():
    options = {"ollama_api_port": 11436, "ollama_api_addresses": ["0.0.0.0"], "ollama_manage_port": 11436}
    found = [(one.id, one.place) for one in collisions("llm1", ways(["llm_hosts"], options.get))]
    assert found == [("port-chosen-twice", "ollama_manage_port of llm1")]


def test_what_is_refused_with_the_gateways_own_options_is_not_refused_again():
    assert wrong(gateway_metrics_port=443, gateway_addresses=["0.0.0.0"]) == []
