"""What comes into a user's NSS database, and what goes out of it again; certutil is a script that keeps names."""

import json
import os
import types

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.llamakeep.fleet.plugins.modules import nss_trust

ROOT = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
RUNUSER = '#!/bin/sh\nshift 3\nexec "$@"\n'  # runuser -u USER -- …
# A database is a text with one name a line. `locked` stands for a password that only the user knows.
CERTUTIL = r"""#!/bin/sh
verb=$1 file=${3#sql:}/cert9.db
shift 3
while [ $# -gt 0 ]; do [ "$1" = -n ] && name=$2; shift; done
echo "$verb" >>"$CALLS"
case $verb in
-N) : >"$file" ;;
-L) [ -z "${name:-}" ] && { cat "$file"; exit 0; }
    grep -q "^$name " "$file" || { echo "no $name" >&2; exit 255; }
    cat "$file.$name" ;;
-D) [ -e "$file.locked" ] && { echo 'bad password' >&2; exit 255; }
    grep -q "^$name " "$file" || exit 255
    sed -i "/^$name /d" "$file" ;;
-A) cat >"$file.$name"; echo "$name C,," >>"$file" ;;
esac
"""


@pytest.fixture
def bin_folder(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("runuser", RUNUSER), ("certutil", CERTUTIL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return folder


@pytest.fixture
def trust(bin_folder, tmp_path, monkeypatch, capsys):
    """Run the module for users whose homes lie in the test's folder, and return what it answers."""

    def known(user):
        return types.SimpleNamespace(pw_uid=os.getuid(), pw_gid=os.getgid(), pw_dir=str(tmp_path / user))

    monkeypatch.setattr(nss_trust.pwd, "getpwnam", known)
    monkeypatch.setattr(nss_trust.receipt, "begin", lambda: None)

    def run(certificate, *users, check=False):
        arguments = {"name": "llamakeep", "certificate": certificate, "users": list(users)}
        arguments |= {"_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            nss_trust.main()
        return json.loads(capsys.readouterr().out)

    return run


def database(tmp_path, user="ann"):
    return tmp_path / user / ".pki" / "nssdb" / "cert9.db"


def test_a_root_is_entered_once(trust, tmp_path):
    assert trust(ROOT, "ann")["written"] == ["ann"]
    assert database(tmp_path).read_text() == "llamakeep C,,\n"
    assert trust(ROOT, "ann")["changed"] is False


def test_an_empty_certificate_takes_the_name_out_and_nothing_else(trust, tmp_path):
    trust(ROOT, "ann")
    with database(tmp_path).open("a") as file:
        file.write("her-own C,,\nllamakeep-of-another-house C,,\n")
    before = database(tmp_path).read_text()
    checked = trust("", "ann", check=True)
    assert (checked["changed"], checked["written"]) == (True, ["ann"])
    assert database(tmp_path).read_text() == before
    done = trust("", "ann")
    assert done["written"] == ["ann"]
    assert (done["diff"][0]["before"], done["diff"][0]["after"]) == ("llamakeep  C,,\n", "")
    assert database(tmp_path).read_text() == "her-own C,,\nllamakeep-of-another-house C,,\n"
    assert trust("", "ann")["changed"] is False
    assert trust("", "ann", check=True)["changed"] is False


@pytest.mark.parametrize("certificate", ["", " \n"])
def test_who_has_no_database_gets_none_and_nobody_asks_certutil(trust, tmp_path, certificate):
    assert trust(certificate, "ann", "bob")["changed"] is False
    assert not (tmp_path / "ann").exists()
    assert not (tmp_path / "calls").exists()


@pytest.fixture
def without_certutil(monkeypatch):
    monkeypatch.setattr(nss_trust.AnsibleModule, "get_bin_path", lambda *_, **__: None)


def test_a_database_that_knows_no_such_name_needs_no_certutil(trust, tmp_path, without_certutil):
    database(tmp_path).parent.mkdir(parents=True)
    database(tmp_path).write_text("her-own C,,\n")
    assert trust("", "ann")["changed"] is False


def test_a_name_that_nobody_can_take_out_is_refused_by_its_place(trust, tmp_path, without_certutil):
    database(tmp_path).parent.mkdir(parents=True)
    database(tmp_path).write_text("llamakeep C,,\n")
    assert trust("", "ann", check=True)["written"] == ["ann"]
    refused = trust("", "ann")
    assert f"{database(tmp_path).parent}: holds llamakeep, and there is no certutil" in refused["msg"]
    assert "apt install libnss3-tools" in refused["msg"]


def test_a_name_that_stays_for_want_of_a_password_is_said_and_the_others_are_served(trust, tmp_path):
    trust(ROOT, "ann", "bob")
    database(tmp_path).with_name("cert9.db.locked").touch()
    refused = trust("", "ann", "bob")
    assert refused["failed"] is True
    assert "certutil refused: bad password" in refused["msg"]
    assert refused["written"] == ["bob"]
    assert database(tmp_path, "bob").read_text() == ""
