"""`llamakeep chatbox-link` as a person and as a script meet it."""

import base64
import hashlib
import html
import io
import json
import re
import stat
import urllib.parse
from pathlib import Path

import pytest
import segno

from llamakeep import cli
from llamakeep import inventory as inventories
from llamakeep.keys import file

INVENTORY = """
all:
  children:
    gateway_hosts:
      hosts: {gate1: {ansible_host: 192.0.2.10}}
      vars: {gateway_domain: Example.org}
    llm_hosts:
      vars: {ollama_api_groups: [gateway_hosts]}
      hosts:
        llm1:
          ansible_host: 192.0.2.11
          ollama_api_addresses: [192.0.2.11]
          ollama_models_names: ["mistral:7b", "library/llama3.2:3b"]
        llm2:
          ansible_host: 192.0.2.12
          ollama_api_addresses: [192.0.2.12]
          ollama_models_names: ["mistral:7b", {name: "qwen3", on_misfit: skip}]
"""
KEY = "lk_" + "k" * 40


@pytest.fixture
def inventory(tmp_path):
    folder = tmp_path / "office"
    (folder / "group_vars" / "gateway_hosts").mkdir(parents=True)
    (folder / "hosts.yml").write_text(INVENTORY)
    sha256 = hashlib.sha256(KEY.encode()).hexdigest()
    other = hashlib.sha256(b"lk_other").hexdigest()
    keys = f'gateway_keys:\n  ann: {{sha256: "{sha256}", created: "2026-11-22"}}\n'
    keys += f'  bob: {{sha256: "{other}", created: "2026-11-22"}}\n'
    (folder / "group_vars" / "gateway_hosts" / "keys.yml").write_text(keys)
    return str(folder)


@pytest.fixture(scope="module")
def loaded():
    """What Ansible made of each inventory, once: the keys are read by the verb itself."""
    return {}


@pytest.fixture
def link(monkeypatch, capsys, inventory, tmp_path, loaded):
    load = inventories.load

    def once(path, **more):
        text = (Path(path) / "hosts.yml").read_text()
        if text not in loaded:
            loaded[text] = load(path, **more)
        return loaded[text]

    monkeypatch.setattr(inventories, "load", once)

    def run(*words, pasted=KEY):
        monkeypatch.setattr("sys.stdin", io.StringIO(pasted))
        words = ["chatbox-link", "-i", inventory, "--out", str(tmp_path / "out"), *words]
        monkeypatch.setattr("sys.argv", ["llamakeep", *words])
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def told(link):
    """What a link tells Chatbox, taken apart as Chatbox takes it apart."""
    parts = urllib.parse.urlsplit(link.strip())
    assert (parts.scheme, parts.netloc, parts.path) == ("chatbox", "provider", "/import")
    return json.loads(base64.b64decode(urllib.parse.parse_qs(parts.query)["config"][0]))


def test_the_link_is_alone_on_stdout_and_says_what_chatbox_reads(link, tmp_path):
    code, out, err = link("--client", "ann")
    assert code == 0, err
    assert told(out) == {
        "isCustom": True,
        "id": "llamakeep-example.org",
        "name": "example.org",
        "type": "openai",
        "settings": {
            "apiHost": "https://api.example.org/v1",
            "apiKey": KEY,
            "models": [{"modelId": "mistral:7b"}, {"modelId": "llama3.2:3b"}, {"modelId": "qwen3:latest"}],
        },
    }
    assert KEY not in err
    assert "▀" in err
    page = tmp_path / "out" / "chatbox-ann.html"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert [path.name for path in page.parent.iterdir()] == [page.name]


def test_the_page_loads_nothing_and_holds_link_settings_and_code(link, tmp_path):
    _, out, _ = link("--client", "ann")
    text = (tmp_path / "out" / "chatbox-ann.html").read_text()
    text = html.unescape(text)
    assert f'href="{out.strip()}"' in text
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "<svg" in text
    assert not re.findall(r"""(?:src|href)=["']?(?!chatbox://)[a-z]+:""", text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL).group(1)
    assert "&" not in style + script  # nothing in there was escaped, or unescaped by this test
    for part in (style, script):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'" in text


@pytest.mark.parametrize("pasted", [f"  {KEY}\r\n", KEY[:20] + "\n" + KEY[20:], f"{KEY[:9]} {KEY[9:]}"])
def test_blanks_and_line_breaks_of_a_pasted_key_are_taken_out(link, pasted):
    code, out, err = link("--client", "ann", pasted=pasted)
    assert code == 0, err
    assert told(out)["settings"]["apiKey"] == KEY


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "key: is empty"),
        ("lk_wrong", "key: is not the key of ann"),
        ("lk_other", "key: is the key of bob, not of ann"),
        ("lk_schlüssel", "key: is not the key of ann"),
    ],
)
def test_a_key_that_is_not_the_clients_is_refused_and_not_said_back(link, tmp_path, pasted, words):
    code, out, err = link("--client", "ann", pasted=pasted)
    assert (code, out) == (2, "")
    assert words in err
    assert not pasted or pasted not in err
    assert list((tmp_path / "out").iterdir()) == []


def test_a_key_that_was_replaced_opens_until_its_last_day(link, inventory):
    from llamakeep import keys

    keys.rotate(inventory, "ann", grace=7)
    code, out, err = link("--client", "ann")
    assert code == 0
    assert told(out)["settings"]["apiKey"] == KEY
    assert f"opens until the end of {file.read(inventory)['ann'].previous[0].until}" in err


def test_rotate_makes_a_key_and_puts_it_into_the_link_at_once(link, inventory):
    code, out, err = link("--client", "ann", "--rotate", pasted="")
    made = told(out)["settings"]["apiKey"]
    assert code == 0
    assert file.read(inventory)["ann"].sha256 == hashlib.sha256(made.encode()).hexdigest()
    assert made not in err
    assert "next: llamakeep up -i " in err


def test_new_makes_the_client(link, inventory):
    code, out, _ = link("--client", "carl", "--new", pasted="")
    assert code == 0
    made = told(out)["settings"]["apiKey"]
    assert file.read(inventory)["carl"].sha256 == hashlib.sha256(made.encode()).hexdigest()


def test_no_key_is_made_where_the_page_cannot_be_written(link, inventory, tmp_path):
    (tmp_path / "out").write_text("a file")
    before = file.read(inventory)
    code, _, err = link("--client", "ann", "--rotate")
    assert code == 2
    assert "cannot be written" in err
    assert file.read(inventory) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--client", "anne"), "did you mean ann?"),
        (("--client", "lk_" + "x" * 40), "that looks like a key"),
        (("--client", "../ann", "--new"), "no name for a client"),
        (("--client", "ann", "--new"), "has a key already"),
        (("--client", "ann", "--model", "gpt-4"), "gpt-4 is served by none"),
        (("--client", "ann", "--new", "--rotate"), "Either --new or --rotate"),
        (("--client", "ann", "--limit", "gate1"), "--limit: a link is for the whole inventory"),
    ],
)
def test_bad_input_is_refused_by_words(link, words, said):
    code, out, err = link(*words)
    assert (code, out) == (2, "")
    assert said in err


def test_an_inventory_without_a_gateway_has_no_link(link, inventory, tmp_path):
    hosts = tmp_path / "office" / "hosts.yml"
    hosts.write_text("all: {children: {llm_hosts: {hosts: {llm1: {ansible_host: 192.0.2.20}}}}}")
    code, _, err = link("--client", "ann")
    assert code == 2
    assert "there is no gateway" in err


def test_the_wanted_model_stands_first(link):
    _, out, _ = link("--client", "ann", "--model", "llama3.2:3b")
    assert told(out)["settings"]["models"][0] == {"modelId": "llama3.2:3b"}


def test_the_machine_twin_holds_the_same(link, tmp_path):
    code, out, err = link("--client", "ann", "--json")
    record = json.loads(out)
    assert (code, err) == (0, "")
    assert told(record["link"]) == record["config"]
    assert record["page"] == str(tmp_path / "out" / "chatbox-ann.html")


def test_the_code_holds_the_link_and_a_link_that_is_too_long_has_none():
    from pydantic import SecretStr

    from llamakeep.chatbox import code

    longest = "chatbox://" + "x" * (code.LONGEST - 10)
    assert code.code(SecretStr(longest)).version == 40
    assert code.code(SecretStr(longest + "x")) is None
    drawn = code.code(SecretStr("chatbox://provider/import?config=abc"))
    assert drawn == segno.make_qr("chatbox://provider/import?config=abc", error="l", boost_error=False)
    lines = code.on_terminal(drawn).plain.splitlines()
    assert len(lines[0]) == code.width(drawn)
    assert len(lines) == (code.width(drawn) + 1) // 2
