"""The same servers, and less that is believed and allowed; then another secret. Two runs for all of it."""

import pytest

from .conftest import SECRETS

pytestmark = pytest.mark.lab

NEW = "an other 'secret' \\o/ $HOME"
DORA = """
cd /srv/directories; export CANAILLE_CONFIG=$PWD/canaille.toml
venv/bin/canaille create user --user-name dora --password 'doras geheimnis' --emails dora@example.org \\
  --given-name Dora --family-name Example --formatted-name 'Dora Example' >/dev/null
"""


@pytest.fixture(scope="module")
def tighter(seat):
    """The directory asked by a name that its certificate does not bear, and no sign-up by the issuer."""
    assert seat.log_in_at_issuer("cleo", "cleos geheimnis")["token"]
    before = {name: seat.settings[name] for name in ("open_webui_ldap_server", "open_webui_oidc_sign_up")}
    seat.set(open_webui_ldap_server="other.example.org:636", open_webui_oidc_sign_up=False)
    try:
        done = seat.converge()
        assert done.code == 0, done.text[-4000:]
        seat.set(**before)
        yield seat
    finally:
        seat.set(**before)
        if SECRETS["bind_password"] != NEW:  # the last test did not converge it
            assert seat.converge().code == 0


def test_a_certificate_for_another_name_is_not_believed(tighter):
    code, said = tighter.log_in_by_name("ann", "annes geheimnis")
    assert (code, said["detail"]) == (400, "LDAP authentication failed.")
    assert "other.example.org" in tighter.sh(
        "journalctl --sync; journalctl -u open-webui --no-pager -o cat -n 200 | grep LDAP"
    )


def test_who_may_not_sign_up_gets_no_account_and_others_keep_theirs(tighter):
    tighter.serve(DORA)
    came = tighter.log_in_at_issuer("dora", "doras geheimnis")
    assert came["token"] == ""
    assert "error=" in came["url"], came
    assert tighter.log_in_at_issuer("cleo", "cleos geheimnis")["token"]


def test_another_secret_is_told_to_the_service(tighter):
    """It is changed in the directory first, as its owner would."""
    change = (
        "cd /srv/directories; systemctl stop test-slapd; "
        "slapcat -f slapd.conf | sed '/^dn: cn=chat/,/^$/{{ s|^userPassword:.*|userPassword: {new}|; }}' >new.ldif; "
        "rm ldap/*; slapadd -f slapd.conf -l new.ldif; "
        "systemd-run --unit test-slapd slapd -d 0 -h ldaps://{address}:636 -f /srv/directories/slapd.conf"
    )
    new = NEW.replace("\\", "\\\\").replace("'", "'\\''").replace("&", "\\&")
    tighter.serve(change.format(new=new, address=tighter.models.address4))
    tighter.set(open_webui_ldap_bind_password=NEW)
    done = tighter.converge()
    assert done.code == 0, done.text[-4000:]
    code, said = tighter.log_in_by_name("ann", "annes geheimnis")
    assert code == 200, said
    SECRETS["bind_password"] = NEW
