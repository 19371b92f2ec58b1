"""What a rehearsal host says of itself."""

import json

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Lab


class LabFact(Fact[Lab | None]):
    """The part that the host plays; None: it is a real one.

    >>> Lab(lab="lab", gpu="rtx-4090", standin=True)
    """

    name = "lab"

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask the file that a lab leaves on its hosts."""
        return "if [ -r /etc/llamakeep-lab.json ]; then cat /etc/llamakeep-lab.json; else echo null; fi"

    def parse(self, answer: str) -> Lab | None:
        """Read one JSON object."""
        said = json.loads(answer)
        if said is None:
            return None
        return Lab(lab=said["lab"], gpu=said["gpu"], standin=said["standin"])
