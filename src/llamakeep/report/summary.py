"""The whole run as one value: what the pages, the JSON and the terminal say is drawn from it."""

from typing import Any

from pydantic import SerializeAsAny, field_validator

from llamakeep import services
from llamakeep.converge.log import HostLog
from llamakeep.plan.plan import Change, Finding
from llamakeep.record import Record
from llamakeep.report.line import Line
from llamakeep.verify.check import Check


class DoorLine(Record):
    """One door of one host, and who may use it."""

    name: str
    into: str
    port: int
    at: tuple[str, ...]
    who: str  # "this host only", "chat_hosts (192.0.2.5)"


class HostReport(Record):
    """One host, from every stage that has a record."""

    name: str
    groups: tuple[str, ...]
    state: str  # "proven", "not as claimed", "could not be checked", "no claims", "unreachable", "failed", …
    simulated: tuple[str, ...] = ()  # what of it is played or stands in
    network: str = ""  # "sealed", "open"
    system: str = ""  # "Debian GNU/Linux 13 (trixie), amd64, 4 CPUs, 7.8 GiB"
    accelerator: str = ""  # "nvidia: NVIDIA GeForce RTX 4090, 24.0 GiB, driver 550.54"
    serves: str = ""  # what answers: "Ollama 0.34.4"
    doors: tuple[DoorLine, ...] = ()
    services: dict[str, SerializeAsAny[Line]] = {}  # service -> what is said of it
    plan: str = ""  # the plan's word: "as wanted", "to change", "blocked"; "" where it did not plan the host
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    converged: HostLog | None = None
    checks: tuple[Check, ...] = ()

    @field_validator("services", mode="before")
    @classmethod
    def _of_their_kinds(cls, found: Any) -> Any:
        """Read each service of a report as what it is."""
        return services.of_their_kinds("reported", found)

    @property
    def broken(self) -> tuple[Check, ...]:
        """Return the claims that do not hold."""
        return tuple(check for check in self.checks if not check.holds)

    @property
    def held(self) -> tuple[Check, ...]:
        """Return the claims that hold."""
        return tuple(check for check in self.checks if check.holds)

    @property
    def lost(self) -> str:
        r"""Return why the run could not do its work on the host; "" where it could.

        >>> "failed at: models | Bring\nno space"
        """
        if self.converged is not None and self.converged.failure is not None:
            failure = self.converged.failure
            return f"{self.converged.state} at: {failure.task}\n{failure.message}"
        if self.plan == "blocked":
            return "\n".join(finding.found for finding in self.findings if finding.severity == "blocking")
        return ""

    @property
    def lost_for(self) -> str:
        """Return the code of what kept the run from its work: "port-taken", "converge-failed"."""
        if self.converged is not None and self.converged.failure is not None:
            return "converge-failed"
        return next((finding.id for finding in self.findings if finding.severity == "blocking"), "")


class Report(Record):
    """One run over one fleet."""

    inventory: str
    run: str  # name of the run's folder: the UTC time at which it began
    kit: str
    seconds: float  # that verify took
    missing: tuple[str, ...]  # stages that left no record
    notes: tuple[str, ...]
    hosts: tuple[HostReport, ...]

    @property
    def code(self) -> int:
        """Return 0 all is as wanted, 1 something is not or nothing is proven, 2 it could not be done or checked."""
        planned = [host.plan for host in self.hosts if host.plan]
        failed = any(host.converged is not None and host.converged.failure is not None for host in self.hosts)
        if failed or (planned and all(plan == "blocked" for plan in planned)):
            return 2
        if "blocked" in planned:
            return 1
        return self._code_of_claims if "verify" not in self.missing else self._code_of_plan

    @property
    def _code_of_claims(self) -> int:
        """Return the code of a run that verified: of `up` where it also converged, else of `verify`."""
        checks = [check for host in self.hosts for check in host.checks]
        wrong = [check for check in checks if not check.holds]
        if wrong and "converge" in self.missing and not any(check.checked for check in wrong):
            return 2
        return 0 if checks and not wrong else 1

    @property
    def _code_of_plan(self) -> int:
        """Return the code of a run that verified nothing."""
        if any(host.findings or host.changes for host in self.hosts):
            return 1
        return 0 if "plan" not in self.missing else 1
