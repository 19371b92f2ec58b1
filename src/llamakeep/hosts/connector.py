"""pyinfra on our way to a host, by its connector API: what Ansible and the other stages reach, it reaches."""

from collections.abc import Iterator
from typing import Any

from pyinfra.api import StringCommand
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput, OutputLine

from llamakeep.hosts.way import Way


class Connector(BaseConnector):  # type: ignore[misc] # pyinfra's is not known to mypy here
    """One host; its data hold the way there."""

    handles_execution = True
    way: Way

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Name no other host: the fleet is known."""
        yield name, {}, []

    def run_shell_command(
        self, command: StringCommand, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Run a text in the host's shell, as whom the inventory says; `_timeout` is its limit in seconds."""
        del print_output, print_input  # a look shows its table when it has seen everything
        said = self.way.run(command.get_raw_value(), float(arguments["_timeout"]))
        lines = [OutputLine("stdout", said.out.decode("ascii", errors="replace"))]
        lines += [OutputLine("stderr", line) for line in said.err.splitlines()]
        return said.code == 0, CommandOutput(lines)

    def put_file(self, *_: Any, **__: Any) -> bool:
        """Refuse: a look changes nothing."""
        raise NotImplementedError("pyinfra looks; Ansible touches")

    def get_file(self, *_: Any, **__: Any) -> bool:
        """Refuse: what a look needs to know is in the answer of its script."""
        raise NotImplementedError("pyinfra looks by one script for each host")
