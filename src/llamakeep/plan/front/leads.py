"""A gateway and desktops when hosts go without some of their models: they know of them for the others alone."""

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.leads import LeftOut, without

from llamakeep.inventory.fleet import Host

_LEADS = "fleet:leads_to"
_CHATS_AT = "fleet:chats_at"


def leading_elsewhere(host: Host, left_out: LeftOut) -> Host:
    """Return a gateway or a desktop as it is to be while hosts go without models; any other host as it is."""
    if not any(left_out.values()):
        return host
    host = _told_of_less(host, left_out)
    if host.gateway is None:
        return host
    models = {
        model: tuple(name for name in names if model not in left_out.get(name, ()))
        for model, names in host.gateway.models.items()
    }
    leads = host.inputs.get(_LEADS)
    inputs = host.inputs if leads is None else {**host.inputs, _LEADS: without(leads, left_out)}
    return host.model_copy(update={"gateway": host.gateway.model_copy(update={"models": models}), "inputs": inputs})


def _told_of_less(host: Host, left_out: LeftOut) -> Host:
    """Return a desktop that is told of the models alone that some host has; any other host as it is."""
    if host.desktop is None:
        return host
    models = {
        model: kept
        for model, names in host.desktop.models.items()
        if (kept := tuple(name for name in names if model not in left_out.get(name, ())))
    }
    inputs = dict(host.inputs)
    if told := inputs.get(_CHATS_AT):
        provider = told["provider"]
        named = [model for model in provider.get("models", ()) if model in models]
        inputs[_CHATS_AT] = {**told, "provider": {**provider, "models": named} if provider else {}}
    return host.model_copy(update={"desktop": host.desktop.model_copy(update={"models": models}), "inputs": inputs})
