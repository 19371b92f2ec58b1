"""Stage four: the only one that changes a host, only through playbooks and roles; `check` foresees and changes none."""

from llamakeep.converge.check import check
from llamakeep.converge.checked import Checked, CheckedHost, Diff
from llamakeep.converge.log import Failure, HostLog, RunLog
from llamakeep.converge.playbook import run

__all__ = ["Checked", "CheckedHost", "Diff", "Failure", "HostLog", "RunLog", "check", "run"]
