"""A certificate that the operator gives: what is taken, and what is refused by name."""

import datetime

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import (
    certificate_choice,
    internal_ca,
    operator_certificate,
)
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.borne import lacking
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.leaf_certificate import issue
from cryptography.hazmat.primitives import serialization

NAMES = ["chat.lab.example", "api.lab.example"]


def days(count):
    return datetime.timedelta(days=count)


def parts(text):
    """Return the key and the certificate of one text."""
    key, mark, rest = text.partition("-----BEGIN CERTIFICATE-----")
    return key, mark + rest


def found(text, moment, names=NAMES):
    refusal = operator_certificate.fault(text, names, moment)
    return refusal.found if refusal else ""


@pytest.fixture
def sound(ca, moment):
    return issue(ca, NAMES, moment)


def test_a_sound_one_is_taken_in_any_order_and_with_its_chain(ca, moment, sound):
    key, own = parts(sound)
    for text in (sound, own + key, own + internal_ca.pem(ca.certificate) + key, f"\n{own}\n{key}\n"):
        assert found(text, moment) == ""
    assert operator_certificate.days_left(sound, moment + days(80)) == 10


NAME = "api.lab.example"


@pytest.mark.parametrize(
    ("borne", "missing"),
    [("*.lab.example", []), ("*.example", [NAME]), ("*.api.lab.example", [NAME]), ("API.lab.example", [])],
)
def test_a_star_stands_for_one_label(borne, missing):
    # The internal CA makes none with a star.
    assert lacking([borne], [NAME]) == missing


def test_what_will_not_do_is_said(ca, moment, sound):
    key, own = parts(sound)
    other_key, other = parts(issue(ca, NAMES, moment))
    assert found("", moment) == "holds no certificate that can be read"
    assert found(own.replace("\nM", "\n*M", 1) + key, moment) == "holds no certificate that can be read"
    assert found(own, moment) == "holds no private key"
    assert found(own + key.replace("\nM", "\n\n*M", 1), moment) == "its key cannot be read"
    assert found(own + other_key, moment) == "its key belongs to another certificate"
    assert found(other + own + key, moment) == "its first certificate is not the gateway's own"
    assert found(sound, moment + days(91)) == "its certificate ended on 2027-02-20"
    assert found(sound, moment - days(2)) == "its certificate begins on 2026-11-22 only"
    for_others = found(sound, moment, ["chat.b.example", "api.lab.example"])
    assert for_others == "its certificate is for api.lab.example, chat.lab.example"


def test_a_key_with_a_passphrase_is_refused_with_the_way_out(moment, sound):
    key, own = parts(sound)
    loaded = serialization.load_pem_private_key(key.encode(), None)
    form, sealing = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"a sample")
    sealed = loaded.private_bytes(serialization.Encoding.PEM, form, sealing).decode()
    assert "openssl pkey" in str(operator_certificate.fault(own + sealed, NAMES, moment))


def told(kind, text=""):
    return {"gateway_certificate": kind, "gateway_certificate_and_key": text, "gateway_domain": "Lab.example"}


def test_the_choice_and_the_text_must_agree(moment, sound):
    for sensible in (told("internal"), told("given", sound)):
        assert certificate_choice.refusals(sensible, moment) == []
    (refused,) = certificate_choice.refusals(told("internal", sound), moment)
    assert refused.found == "is set, and gateway_certificate is internal"
    assert "BEGIN" not in str(refused)
    (refused,) = certificate_choice.refusals(told("given", " "), moment)
    assert "lookup('file'" in refused.remedy


def test_acme_wants_a_server_and_its_terms_accepted():
    asked = {"gateway_acme_directory": "", "gateway_acme_terms_accepted": False, "gateway_acme_email": "ops"}
    found = certificate_choice.refusals({**told("acme"), **asked}, None)
    assert [refusal.place for refusal in found] == list(asked)
    sound = {"gateway_acme_directory": "https://acme.example.org/dir", "gateway_acme_terms_accepted": True}
    assert certificate_choice.refusals({**told("acme"), **asked, **sound, "gateway_acme_email": ""}, None) == []
