"""What comes into a user's settings, and what stays as it is."""

import json

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import chatbox_config
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

OURS = {
    "id": "llamakeep-example.org",
    "name": "example.org",
    "custom": True,
    "address": "https://api.example.org/v1",
    "models": ["mistral:7b", "qwen3:8b"],
}
DIRECT = {
    "id": "ollama",
    "name": "Ollama",
    "custom": False,
    "address": "http://192.0.2.11:11434",
    "models": ["mistral:7b"],
}
# As Chatbox 1.20.0 writes it, shortened.
USED = {
    "configVersion": 14,
    "configs": {"uuid": "6d0c6f3e"},
    "settings": {
        "__version": 2,
        "theme": 0,
        "language": "de",
        "fontSize": 16,
        "allowReportingAndTracking": True,
        "autoUpdate": True,
        "shortcuts": {"quickToggle": "Ctrl+Space", "newChat": "mod+n"},
        "providers": {"openai": {"apiKey": "sk-his-own", "models": [{"modelId": "gpt-4o"}]}},
        "customProviders": [{"id": "his-own", "name": "Lab", "type": "openai", "isCustom": True}],
        "defaultChatModel": {"provider": "openai", "model": "gpt-4o"},
        "mcp": {"servers": [], "enabledBuiltinServers": []},
    },
    "lastShownAboutDialogVersion": "1.20.0",
}


def test_a_new_file_has_what_chatbox_needs_and_no_more():
    assert chatbox_config.merged({}, OURS, "lk_a", "mistral:7b") == {
        "settings": {
            "shortcuts": {"quickToggle": "Alt+`"},
            "allowReportingAndTracking": False,
            "autoUpdate": False,
            "providers": {
                "llamakeep-example.org": {
                    "apiHost": "https://api.example.org/v1",
                    "models": [{"modelId": "mistral:7b", "type": "chat"}, {"modelId": "qwen3:8b", "type": "chat"}],
                    "apiKey": "lk_a",
                }
            },
            "customProviders": [
                {"id": "llamakeep-example.org", "name": "example.org", "type": "openai", "isCustom": True}
            ],
            "defaultChatModel": {"provider": "llamakeep-example.org", "model": "mistral:7b"},
        }
    }


def test_what_is_the_users_own_stays():
    before = json.loads(json.dumps(USED))
    after = chatbox_config.merged(before, OURS, "lk_a", "mistral:7b")
    assert before == USED
    for name in ("theme", "language", "fontSize", "shortcuts", "mcp", "defaultChatModel", "__version"):
        assert after["settings"][name] == USED["settings"][name]
    assert {name: after[name] for name in after if name != "settings"} == {
        name: USED[name] for name in USED if name != "settings"
    }
    assert after["settings"]["providers"]["openai"] == USED["settings"]["providers"]["openai"]
    assert after["settings"]["customProviders"][0] == USED["settings"]["customProviders"][0]
    assert after["settings"]["allowReportingAndTracking"] is False
    assert after["settings"]["autoUpdate"] is False


@pytest.mark.parametrize("provider", [OURS, DIRECT])
@pytest.mark.parametrize("config", [{}, USED])
def test_the_second_time_there_is_nothing_to_do(config, provider):
    once = chatbox_config.merged(config, provider, "lk_a", "mistral:7b")
    assert chatbox_config.merged(once, provider, "lk_a", "mistral:7b") == once


def test_what_chatbox_adds_to_our_part_stays():
    once = chatbox_config.merged(USED, OURS, "lk_a", "")
    provided = once["settings"]["providers"][OURS["id"]]
    provided["models"][0] |= {"nickname": "Misty", "capabilities": ["tool_use"]}
    provided["useProxy"] = False
    once["settings"]["customProviders"][1]["urls"] = {}
    assert chatbox_config.merged(once, OURS, "lk_a", "") == once


def test_a_model_that_is_gone_goes_and_is_nobodys_default_any_more():
    once = chatbox_config.merged({}, OURS, "lk_a", "mistral:7b")
    fewer = {**OURS, "models": ["qwen3:8b"]}
    after = chatbox_config.merged(once, fewer, "lk_a", "qwen3:8b")["settings"]
    assert [model["modelId"] for model in after["providers"][OURS["id"]]["models"]] == ["qwen3:8b"]
    assert after["defaultChatModel"] == {"provider": OURS["id"], "model": "qwen3:8b"}


def test_without_a_gateway_it_is_chatboxs_own_provider_and_no_key():
    after = chatbox_config.merged(USED, DIRECT, "", "")["settings"]
    assert after["providers"]["ollama"] == {
        "apiHost": "http://192.0.2.11:11434",
        "models": [{"modelId": "mistral:7b", "type": "chat"}],
    }
    assert after["customProviders"] == USED["settings"]["customProviders"]


def test_a_diff_says_that_there_is_another_key_and_not_which():
    before = chatbox_config.merged({}, OURS, "lk_before", "")
    after = chatbox_config.merged(before, OURS, "lk_after", "")
    shown = chatbox_config.shown(before, OURS, "lk_after") + chatbox_config.shown(after, OURS, "")
    assert "(another key)" in shown
    assert "lk_" not in shown
    assert chatbox_config.shown({}, OURS, "lk_after").startswith('{\n "provider": null')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no valid JSON"),
        ('{"settings": {', "no valid JSON (line 1)"),
        ('{"settings": NaN}', "no valid JSON"),
        ("[]", "it is not what Chatbox writes"),
        ("null", "it is not what Chatbox writes"),
        ('{"settings": []}', "settings is not what"),
        ('{"settings": {"providers": []}}', "settings.providers is not what"),
        ('{"settings": {"customProviders": {}}}', "settings.customProviders is not what"),
    ],
)
def test_what_chatbox_would_not_take_is_refused(text, said):
    with pytest.raises(Refusal) as refused:
        chatbox_config.parse(text, "/home/ann/.config/x/config.json")
    assert said in str(refused.value)
    assert "left as it is" in str(refused.value)


def test_it_is_laid_out_as_chatbox_does_it():
    assert chatbox_config.written({"a": "ü"}) == '{\n\t"a": "ü"\n}'
