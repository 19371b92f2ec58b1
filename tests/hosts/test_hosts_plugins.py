"""Ansible's plugins, whose options are read once for hosts that differ in their name alone."""

from llamakeep.hosts import plugins


def test_hosts_that_differ_in_their_name_alone_have_each_a_plugin_of_their_own() -> None:
    common = {"ansible_user": "ops", "ansible_password": "geheim"}
    one = plugins.ssh({"inventory_hostname": "gpu1", "ansible_host": "192.0.2.1", **common})
    other = plugins.ssh({"inventory_hostname": "gpu2", **common})
    third = plugins.ssh({"inventory_hostname": "gpu3", "ansible_host": "192.0.2.3", "ansible_ssh_host": "192.0.2.33"})
    assert [plugin.host for plugin in (one, other, third)] == ["192.0.2.1", "gpu2", "192.0.2.33"]
    assert [plugin.get_option("remote_user") for plugin in (one, other)] == ["ops", "ops"]
    assert [plugin.get_option("password") for plugin in (one, other, third)] == ["geheim", "geheim", None]
    one.set_option("port", 2222)
    assert plugins.ssh({"inventory_hostname": "gpu1", "ansible_host": "192.0.2.1", **common}).get_option("port") is None


def test_a_plugin_that_reads_the_name_of_its_host_is_given_it(monkeypatch) -> None:
    from ansible import constants

    known = constants.config.get_plugin_vars
    monkeypatch.setattr(plugins, "_LAST", {})
    monkeypatch.setattr(constants.config, "get_plugin_vars", lambda *how: [*known(*how), "ansible_host"])
    plugins.become("sudo", {"ansible_host": "192.0.2.1", "inventory_hostname": "gpu1", "ansible_become_pass": "x"})
    ((last,),) = [plugins._LAST.values()]
    assert last.read == {"ansible_host": "192.0.2.1", "ansible_become_pass": "x"}
    assert plugins.become("sudo", {"ansible_host": "192.0.2.2"}).get_option("become_pass") is None
    assert plugins.become("nosuch", {}) is None
