"""The CA between hosts where something is in the way: half a replacement, names alike, a list that is gone."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, hosts_ca_files
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import now


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ".ca" / "hosts"


@pytest.fixture
def ca(folder):
    return hosts_ca_files.obtain(folder)[0]


def test_two_names_that_differ_in_case_alone_are_refused(folder, ca):
    hosts_ca_files.issue(folder, ca, "gpu1", now())
    with pytest.raises(Refusal, match="differs from gpu1 in case alone") as refused:
        hosts_ca_files.issue(folder, ca, "GPU1", now())
    assert refused.value.id == "host-names-alike"
    hosts_ca_files.revoke(folder, ca, "gpu1", now())
    assert hosts_ca_files.issue(folder, ca, "GPU1", now())


def test_nobody_is_revoked_while_another_root_takes_over(folder, ca):
    hosts_ca_files.issue(folder, ca, "llm1", now())
    made = hosts_ca.make(now())
    hosts_ca_files.replace_root(folder, made)
    with pytest.raises(Refusal, match="two roots are trusted") as refused:
        hosts_ca_files.revoke(folder, made, "llm1", now())
    assert refused.value.id == "ca-replacement-under-way"


def test_without_its_key_nobody_is_revoked(folder, ca):
    hosts_ca_files.issue(folder, ca, "llm1", now())
    with pytest.raises(Refusal) as refused:
        hosts_ca_files.revoke(folder, hosts_ca_files.Authority(ca.certificate, None), "llm1", now())
    assert refused.value.id == "ca-key-unavailable"


def test_a_replacement_that_was_cut_is_finished_by_the_next(folder, ca):
    (folder / "root.crl").rename(folder / "previous.crl")  # as far as it got
    made = hosts_ca.make(now())
    hosts_ca_files.replace_root(folder, made)
    assert hosts_ca_files.trust(folder).previous
    assert hosts_ca_files.trust(folder).roots.count("BEGIN CERTIFICATE") == 2


def test_a_root_whose_list_is_gone_is_replaced_and_not_trusted_any_more(folder, ca):
    (folder / "root.crl").unlink()
    with pytest.raises(Refusal, match="llamakeep ca renew --hosts"):
        hosts_ca_files.trust(folder)
    hosts_ca_files.replace_root(folder, hosts_ca.make(now()))
    assert not hosts_ca_files.trust(folder).previous
    assert hosts_ca_files.trust(folder).roots.count("BEGIN CERTIFICATE") == 1
