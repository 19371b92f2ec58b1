"""Receipt: the host carries the record of a converge that reached its end."""

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED, strings_of

from llamakeep.plan.cause import differing
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotChecked
from llamakeep.verify.verified import ManagedHost

_PATH = "/var/lib/llamakeep/receipt.json"


@claim("receipt-missing-or-incomplete", "the receipt of a complete converge lies on the host")
def test_is_complete(managed_host: ManagedHost) -> None:
    look = managed_host.seen.receipt
    assert look is None or look.receipt is not None, f"there is no {_PATH} on the host"
    assert managed_host.receipt.complete, "a converge began and did not reach its end"


@claim("receipt-of-another-kit", "this version of the kit made the host")
def test_kit(managed_host: ManagedHost) -> None:
    kit = managed_host.receipt.kit
    assert kit == managed_host.kit, f"kit {kit} made it; expected: {managed_host.kit}"


@claim("receipt-inputs-differ", "the host was made from the values that the inventory has")
def test_inputs(managed_host: ManagedHost) -> None:
    names = differing(managed_host.host, managed_host.receipt)  # names only: a value may be a secret
    inputs = managed_host.host.inputs
    unknown = {name for name in names if any(REDACTED in text for text in strings_of(inputs.get(name)))}
    others = sorted(names - unknown)
    assert not others, f"it was made with other values of: {', '.join(others)}"
    if unknown:
        raise NotChecked(f"struck out in this record: {', '.join(sorted(unknown))}")


@claim("receipt-readable", "only root can read the receipt")
def test_root_only(managed_host: ManagedHost) -> None:
    seen = managed_host.seen.receipt_file
    if seen is None:
        why = managed_host.seen.unreached or managed_host.seen.failures.get("receipt_file")
        raise NotChecked(why or f"there is no {_PATH} on the host")
    found = (seen.owner, seen.group, seen.mode)
    assert found == (0, 0, "0600"), (
        f"{_PATH} is of user {seen.owner}, group {seen.group}, mode {seen.mode}; expected: root, root, 0600"
    )
