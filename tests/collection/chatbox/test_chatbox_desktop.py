"""A desktop with the role's work on it: what its users find, and what the role keeps its hands off."""

import json

import pytest

from .conftest import MODELS, PROFILE, USERS

pytestmark = pytest.mark.lab
ID = "llamakeep-gate.example"
FOLDER = f".config/{PROFILE}"


def test_the_package_is_unpacked_and_nothing_of_it_ran(desktop):
    assert desktop.sh("ls /root/package/a-script-ran", check=False) == ""
    program = f"/opt/llamakeep/chatbox/0.0.1/opt/Chatbox/{PROFILE}"
    assert desktop.sh(f"stat -c '%a %U' {program} $(dirname {program})/chrome-sandbox") == "755 root\n755 root"
    said = desktop.sh("runuser -l ann -c 'chatbox chatbox://x'")
    certificate = "/usr/local/share/ca-certificates/llamakeep.crt"
    assert said == f"/opt/llamakeep/chatbox/current/opt/Chatbox/{PROFILE} chatbox://x 0077 {certificate}"


def test_each_user_has_the_gateway_with_his_own_key_for_himself(desktop):
    for user, key in USERS.items():
        settings = desktop.config(user)["settings"]
        assert settings["providers"] == {
            ID: {
                "apiHost": "https://api.gate.example/v1",
                "apiKey": key,
                "models": [{"modelId": name, "type": "chat"} for name in MODELS],
            }
        }
        assert settings["defaultChatModel"] == {"provider": ID, "model": "mistral:7b"}
        assert (settings["allowReportingAndTracking"], settings["autoUpdate"]) == (False, False)
        assert desktop.sh(f"stat -c '%a %U:%G' {desktop.path(user)}") == f"600 {user}:{user}"
        assert desktop.sh(f"stat -c '%a %U' /home/{user}/{FOLDER}") == f"700 {user}"


def test_no_key_stands_where_others_can_read_it(desktop):
    for key in USERS.values():
        found = desktop.sh(f"grep -rlF {key} /etc /opt /root /tmp /usr/local /var /home 2>/dev/null", check=False)
        assert found.splitlines() in ([desktop.path("ann")], [desktop.path("bob")])


def test_the_host_and_chatbox_trust_the_fleets_own_ca(desktop):
    root = (desktop.folder / ".ca" / "root.crt").read_text().strip()
    assert root in desktop.sh("cat /etc/ssl/certs/ca-certificates.crt")
    for user in USERS:
        certutil = f"certutil -L -d sql:/home/{user}/.pki/nssdb"
        assert desktop.sh(f"runuser -l {user} -c '{certutil} -n llamakeep -a'").replace("\r", "") == root
        assert desktop.sh(f"runuser -l {user} -c '{certutil}' | grep llamakeep").split() == ["llamakeep", "C,,"]
        assert desktop.sh(f"find /home/{user} ! -user {user}") == ""


@pytest.mark.usefixtures("desktop")
def test_the_second_run_changes_nothing(bare):
    assert bare.converge("--check").changed == 0
    done = bare.converge("--diff")
    assert (done.code, done.changed) == (0, 0), done.text


def test_what_a_user_does_in_his_settings_stays(desktop):
    config = desktop.config("ann")
    config["configVersion"] = 14
    settings = config["settings"]
    settings |= {"__version": 2, "theme": 0, "autoUpdate": True, "fontSize": 18}
    settings["providers"]["openai"] = {"apiKey": "sk-her-own"}
    settings["customProviders"].insert(0, {"id": "her-own", "name": "Lab", "type": "openai", "isCustom": True})
    settings["defaultChatModel"] = {"provider": "openai", "model": "gpt-4o"}
    desktop.put("ann", json.dumps(config))
    chats = f"/home/ann/{FOLDER}/IndexedDB"
    desktop.sh(f"install -d -o ann -g ann {chats} && echo chats >{chats}/000003.log")
    before = desktop.sh(f"stat -c '%Y %i' {chats}/000003.log")
    done = desktop.converge("--diff")
    assert (done.code, done.changed) == (0, 2), done.text  # the settings, and the receipt that was open meanwhile
    assert '"autoUpdate": true' in done.text
    assert "sk-her-own" not in done.text
    settings["autoUpdate"] = False
    assert desktop.config("ann") == config
    assert desktop.sh(f"stat -c '%Y %i' {chats}/000003.log") == before
    assert desktop.converge().changed == 0


@pytest.fixture
def tidy(desktop):
    """Have ann's settings be settings again when the test is over, however it went."""
    yield
    path = desktop.path("ann")
    script = f"systemctl stop chatbox; test ! -L {path} && python3 -m json.tool {path} >/dev/null && echo fine"
    if desktop.sh(script, check=False) != "fine":
        desktop.sh(f"rm -f {path}")
        assert desktop.converge().code == 0


@pytest.mark.usefixtures("tidy")
def test_a_broken_file_stays_as_it_is_and_the_others_are_served(desktop):
    desktop.put("ann", '{"settings": {')
    desktop.put("bob", "{}")
    before = desktop.sh(f"sha256sum {desktop.path('ann')}")
    done = desktop.converge()
    assert done.code == 2
    assert f"{desktop.path('ann')}: is no valid JSON (line" in done.text
    assert "start Chatbox once" in done.text
    assert desktop.sh(f"sha256sum {desktop.path('ann')}") == before
    assert desktop.config("bob")["settings"]["providers"][ID]["apiKey"] == USERS["bob"]
    desktop.put("ann", "{}")
    assert desktop.converge().code == 0


@pytest.mark.usefixtures("tidy")
def test_a_chatbox_that_runs_is_said_and_not_written_below(desktop):
    desktop.put("ann", "{}")
    desktop.sh(f"cp /bin/sleep /usr/bin/{PROFILE}")
    desktop.sh(f"systemd-run --quiet --collect --uid=ann --unit=chatbox /usr/bin/{PROFILE} 600")
    try:
        done = desktop.converge()
        assert done.code == 2
        assert "ann's Chatbox is running (pid " in done.text
        assert desktop.config("ann") == {}
        checked = desktop.converge("--check")
        assert checked.code == 0
        assert "ann's Chatbox is running" in checked.text
    finally:
        desktop.sh("systemctl stop chatbox", check=False)
    done = desktop.converge()
    assert done.code == 0, done.text
    assert desktop.config("ann")["settings"]["providers"][ID]["apiKey"] == USERS["ann"]


@pytest.mark.usefixtures("tidy")
def test_root_does_not_follow_a_link_that_a_user_set(desktop):
    desktop.sh("echo '{}' >/root/mine.json && chmod 600 /root/mine.json")
    desktop.sh(f"runuser -u ann -- ln -sfn /root/mine.json {desktop.path('ann')}")
    done = desktop.converge()
    assert done.code == 2
    assert "Permission denied" in done.text
    assert desktop.sh("cat /root/mine.json") == "{}"
    desktop.sh(f"rm {desktop.path('ann')}")
    assert desktop.converge().code == 0


def test_another_ca_takes_the_place_of_the_old_one(desktop):
    folder = desktop.folder / ".ca"
    (folder / "root.crt").unlink()
    (folder / "root.key").unlink()
    assert desktop.converge().code == 0
    root = (folder / "root.crt").read_text().strip()
    listing = desktop.sh("runuser -l ann -c 'certutil -L -d sql:/home/ann/.pki/nssdb -n llamakeep -a'")
    assert listing.replace("\r", "") == root
    assert desktop.converge().changed == 0


@pytest.fixture
def given(desktop):
    """Have the gateway's certificate come from elsewhere, for as long as the test takes."""
    path = desktop.folder / "group_vars" / "gateway_hosts.yml"
    path.write_text("gateway_certificate: given\n")
    yield
    path.unlink()
    assert desktop.converge().code == 0


def trusting(desktop):
    """Return who still trusts the fleet's CA: the bundle, the links beside it, and users."""
    body = (desktop.folder / ".ca" / "root.crt").read_text().splitlines()[1]
    script = f"""
    grep -lF {body} /etc/ssl/certs/ca-certificates.crt
    find /etc/ssl/certs -xtype l
    ls /etc/ssl/certs/llamakeep.pem /usr/local/share/ca-certificates/llamakeep.crt 2>/dev/null
    for user in {" ".join(USERS)}; do
      runuser -u $user -- certutil -L -d sql:/home/$user/.pki/nssdb | grep -q ^llamakeep && echo $user
    done
    """
    return desktop.sh(script, check=False).split()


@pytest.mark.usefixtures("given")
def test_a_ca_that_the_fleet_left_is_trusted_no_more(desktop):
    root = desktop.folder / ".ca" / "root.crt"
    hers = "runuser -u ann -- certutil -d sql:/home/ann/.pki/nssdb"
    desktop.sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out /root/own.crt -subj /CN=own")
    desktop.sh(f"cd / && cat /root/own.crt | {hers} -A -t C,, -n her-own -a")
    before = trusting(desktop)
    assert {"/etc/ssl/certs/ca-certificates.crt", *USERS} < set(before)
    checked = desktop.converge("--check")
    assert (checked.code, trusting(desktop)) == (0, before), checked.text
    assert "would go from the host's own store" in checked.text
    done = desktop.converge()
    assert (done.code, trusting(desktop)) == (0, []), done.text
    assert desktop.sh(f"{hers} -L | grep her-own")
    assert "llamakeep.crt" not in desktop.sh("cat /opt/llamakeep/libexec/chatbox")
    assert desktop.converge("--check").changed == 0
    assert desktop.converge().changed == 0
    # As a run left it that was broken off before the store was made anew.
    desktop.sh("ln -s /usr/local/share/ca-certificates/llamakeep.crt /etc/ssl/certs/llamakeep.pem")
    desktop.machine.exec(["bash", "-c", f"cat >>/etc/ssl/certs/ca-certificates.crt <<'END'\n{root.read_text()}END"])
    assert trusting(desktop)
    done = desktop.converge()
    assert (done.code, trusting(desktop)) == (0, []), done.text


def test_an_appimage_is_unpacked_beside_the_old_one_without_being_run(desktop):
    settings = {
        "chatbox_version": "0.0.2",
        "chatbox_archive_url": "file:///root/package/Chatbox.AppImage",
        "chatbox_archive_sha256": desktop.sh("sha256sum /root/package/Chatbox.AppImage").split()[0],
    }
    done = desktop.converge(**settings)
    assert done.code == 0, done.text
    top = "/opt/llamakeep/chatbox/0.0.2"
    assert desktop.sh(f"stat -c '%a %U' {top} {top}/{PROFILE} {top}/usr/share {top}/usr/share/icon.png").split(
        "\n"
    ) == [
        "755 root",
        "755 root",
        "755 root",
        "644 root",
    ]
    assert desktop.sh("runuser -l ann -c chatbox").startswith(f"/opt/llamakeep/chatbox/current/{PROFILE} ")
    assert desktop.converge(**settings).changed == 0
    assert desktop.converge().code == 0
    assert desktop.sh("readlink /opt/llamakeep/chatbox/current") == "0.0.1"


def test_another_file_than_the_pinned_one_is_not_unpacked(desktop):
    done = desktop.converge(chatbox_version="0.0.3", chatbox_archive_sha256="0" * 64)
    assert done.code == 2
    assert "its sha256 is" in done.text
    assert "0.0.3" not in desktop.sh("ls /opt/llamakeep/chatbox")
    assert desktop.sh("runuser -l ann -c chatbox")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"chatbox_archive_sha256": ""}, "only one of the two is set"),
        ({"chatbox_archive_url": "https://x.example/chatbox.dmg"}, "neither an .AppImage nor a .deb"),
        ({"chatbox_archive_url": "", "chatbox_archive_sha256": ""}, "0.0.1 for linux-amd64 is not shipped"),
        ({"chatbox_version": "../../etc"}, "cannot name a folder"),
        (
            {"chatbox_users": [{"user": "ann", "client": "bob-desktop", "key": USERS["ann"]}]},
            "is not the key of bob-desktop",
        ),
        (
            {"chatbox_users": [{"user": "nobody-here", "client": "ann-desktop", "key": USERS["ann"]}]},
            "is not known on this host",
        ),
    ],
)
def test_bad_input_is_refused_by_words(desktop, settings, said):
    done = desktop.converge(**settings)
    assert done.code == 2
    assert said in done.text
