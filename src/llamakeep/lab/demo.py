"""The README's `make demo`: a fleet on this machine, made private, proven, and asked a question."""

import argparse
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.text import Text

from llamakeep import inventory
from llamakeep.errors import Refusal
from llamakeep.lab.tunnel import tunnel
from llamakeep.sizes import duration

INVENTORY = Path("inventories/lab")
QUESTION = "What is the capital of France?"
MODEL = "smollm2:135m"
_WIDE = 136  # columns of the picture


class Stage:
    """Where the demo is played: the terminal as it is, or a recording for the README's picture."""

    def __init__(self, picture: Path | None) -> None:
        """Record into `picture` (SVG) when there is one."""
        self._picture = picture
        self.console = Console(record=picture is not None, width=_WIDE if picture else None)

    def play(self, *words: str, expect: tuple[int, ...] = (0,)) -> None:
        """Run one command as a person would and show it with its output."""
        self.console.print(f"\n[bold]$ {' '.join(words)}[/]", highlight=False)
        program = [str(Path(sys.executable).parent / words[0]), *words[1:]]
        if self._picture is None:
            code = subprocess.run(program, check=False).returncode
        else:
            colours = {**os.environ, "FORCE_COLOR": "1", "TTY_INTERACTIVE": "0", "COLUMNS": str(_WIDE)}
            done = subprocess.run(program, check=False, env=colours, stdout=subprocess.PIPE, text=True)
            self.console.print(Text.from_ansi(done.stdout), soft_wrap=True)
            code = done.returncode
        if code not in expect:
            raise Refusal(" ".join(words), f"ended with exit code {code}", expected=" or ".join(map(str, expect)))

    def close(self) -> None:
        """Write the picture."""
        if self._picture is not None:
            drawn = self.console.export_svg(title="llamakeep")
            # The page that shows it loads nothing from elsewhere: the reader's own monospaced font will do.
            self._picture.write_text(re.sub(r"@font-face \{[^}]*\}\s*", "", drawn), encoding="utf-8")


def ask(base: str, model: str, question: str) -> tuple[str, float]:
    """Return the model's answer and the seconds that it took."""
    body = {"model": model, "stream": False, "options": {"temperature": 0, "num_predict": 40}}
    body["messages"] = [{"role": "user", "content": question}]
    request = urllib.request.Request(  # noqa: S310 - the tunnel on loopback
        f"{base}/api/chat", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    started = time.monotonic()
    with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310 - the same
        answer = json.load(response)
    return str(answer["message"]["content"]).strip(), time.monotonic() - started


def demo(stage: Stage) -> None:
    """Play the whole road, narrow but real."""
    started = time.monotonic()
    stage.play("llamakeep", "lab", "up")
    stage.play("llamakeep", "up", "-i", str(INVENTORY))
    host = next(host for host in inventory.load(INVENTORY).hosts if host.is_llm)
    port = host.ollama.door.port if host.ollama else 11434
    with tunnel(host.connection, port) as base:
        answer, seconds = ask(base, MODEL, QUESTION)
    stage.console.print(f"\n[bold]you, through an ssh tunnel to {host.name}:[/] {QUESTION}", highlight=False)
    stage.console.print(f"[bold]{MODEL}:[/] {answer}  [dim]({seconds:.1f} s)[/]", highlight=False)
    if "Paris" not in answer:
        raise Refusal(f"{host.name}, {MODEL}", f"answered {answer!r}", expected="something with Paris in it")
    stage.console.print(
        f"\nThe demo took {duration(time.monotonic() - started)}. The fleet stays up; next:\n"
        f"  .venv/bin/llamakeep verify -i {INVENTORY}   prove it again\n"
        f"  .venv/bin/llamakeep lab shell llm1              look around on a host; break something, then `plan`\n"
        f"  .venv/bin/llamakeep lab down                    take it all away",
        highlight=False,
        soft_wrap=True,
    )


def main() -> int:
    """Play the demo; a refusal is printed as it stands."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--picture", type=Path, help="record the run as an SVG file")
    stage = Stage(parser.parse_args().picture)
    try:
        demo(stage)
    except Refusal as refusal:
        print(f"demo: {refusal}", file=sys.stderr)  # noqa: T201 - the end of a program
        return 2
    stage.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
