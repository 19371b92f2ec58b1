"""Stage four: the only one that changes a host, only through playbooks and roles."""

from llamakeep.converge.log import Failure, HostLog, RunLog
from llamakeep.converge.playbook import run

__all__ = ["Failure", "HostLog", "RunLog", "run"]
