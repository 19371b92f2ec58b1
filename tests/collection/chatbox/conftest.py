"""A lab host made a desktop by the role alone, with a package that stands in for Chatbox."""

import hashlib
import json

import pytest
import yaml

import hosts

PROFILE = "xyz.chatboxapp.app"
USERS = {"ann": "lk_" + "a" * 40, "bob": "lk_" + "b" * 40}
MODELS = ["mistral:7b", "qwen3:8b"]
# The program is a shell that says what it was given: enough to see how it is started.
PACKAGES = rf"""
set -eu
rm -rf /root/package && mkdir -p /root/package/deb/DEBIAN /root/package/image
cd /root/package
cat >program <<'END'
#!/bin/sh
echo "$0 $* $(umask) ${{NODE_EXTRA_CA_CERTS:-none}}"
END
cat >deb/DEBIAN/control <<'END'
Package: chatbox
Version: 0.0.1
Architecture: amd64
Maintainer: nobody <nobody@example.org>
Description: stands in for Chatbox
END
printf '#!/bin/sh\ntouch /root/package/a-script-ran\n' >deb/DEBIAN/postinst
install -D -m 0755 program deb/opt/Chatbox/{PROFILE}
install -D -m 4755 program deb/opt/Chatbox/chrome-sandbox
install -D -m 0755 program image/{PROFILE}
ln -s {PROFILE} image/AppRun
install -d -m 0700 image/usr/share && echo icon >image/usr/share/icon.png
chmod 0755 deb/DEBIAN/postinst && chown -R 1000:1000 image
dpkg-deb --build deb chatbox.deb
apt-get update -q && apt-get install -qy --no-install-recommends squashfs-tools
mksquashfs image squashed -quiet -no-progress
cp /bin/true Chatbox.AppImage
cat squashed >>Chatbox.AppImage
"""
WIPE = rf"""
rm -rf /opt/llamakeep /usr/local/bin/chatbox /usr/local/share/applications /var/lib/llamakeep /var/cache/llamakeep
rm -f /usr/local/share/ca-certificates/llamakeep.crt /usr/bin/{PROFILE}
update-ca-certificates --fresh
for user in {" ".join(USERS)}; do pkill -KILL -u $user; userdel -r $user; done
true
"""


class Desktop:
    """The host under test."""

    def __init__(self, machine, folder):
        self.machine, self.folder = machine, folder
        self.settings = {
            "chatbox_version": "0.0.1",
            "chatbox_archive_url": "file:///root/package/chatbox.deb",
            "chatbox_archive_sha256": self.sh("sha256sum /root/package/chatbox.deb").split()[0],
            "chatbox_users": [
                {"user": name, "client": f"{name}-desktop", "key": key, "model": "mistral:7b"}
                for name, key in USERS.items()
            ],
        }

    def sh(self, script, check=True):
        return hosts.sh(self.machine, script, check=check)

    def converge(self, *words, **settings):
        (self.folder / "group_vars" / "desktop_hosts.yml").write_text(yaml.safe_dump({**self.settings, **settings}))
        done = hosts.run(self.folder, hosts.ROOT / "playbooks" / "site.yml", "--limit", "desktop_hosts", *words)
        for key in USERS.values():
            assert key not in done.text
        return done

    def path(self, user):
        return f"/home/{user}/.config/{PROFILE}/config.json"

    def config(self, user):
        return json.loads(self.sh(f"cat {self.path(user)}"))

    def put(self, user, text):
        """Write a user's settings as Chatbox would."""
        script = f"install -d -m 700 ~/.config ~/.config/{PROFILE} && umask 022 && cat >{self.path(user)}"
        self.machine.exec(["runuser", "-l", user, "-c", f"{script} <<'END'\n{text}\nEND"])


@pytest.fixture(scope="package")
def bare(lab, tmp_path_factory):
    """The desktop before anything was done to it."""
    folder = tmp_path_factory.mktemp("inventory")
    machine = lab.host("chat1")
    machine.exec(["bash", "-c", WIPE], check=False)
    machine.exec(["bash", "-c", "apt-get purge -qy libnss3-tools squashfs-tools"], check=False)
    machine.exec(["bash", "-c", PACKAGES])
    for user in USERS:
        machine.exec(["useradd", "--create-home", "--shell", "/bin/bash", user])
    clients = {f"{name}-desktop": {"sha256": hashlib.sha256(key.encode()).hexdigest()} for name, key in USERS.items()}
    # Neither the gateway nor the llm host is spoken to: what the inventory says of them is enough.
    children = {
        "desktop_hosts": {"hosts": {"desk": {"ansible_host": machine.address4}}},
        "gateway_hosts": {"hosts": {"gate": {"gateway_domain": "gate.example", "gateway_keys": clients}}},
        "llm_hosts": {"hosts": {"llm": {"ansible_host": "192.0.2.11", "ollama_models_names": MODELS}}},
    }
    (folder / "group_vars").mkdir()
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": hosts.connection(lab), "children": children}}))
    yield Desktop(machine, folder)
    machine.exec(["bash", "-c", WIPE], check=False)


@pytest.fixture(scope="package")
def desktop(bare):
    """The desktop, converged once, after a check that had to leave no trace."""
    checked = bare.converge("--check", "--diff")
    assert checked.code == 0, checked.text[-4000:]
    assert checked.changed
    assert bare.sh("ls /opt/llamakeep /home/*/.config /home/*/.pki 2>/dev/null", check=False) == ""
    done = bare.converge("--diff", "-vvv")
    assert done.code == 0, done.text[-4000:]
    bare.first = done
    return bare
