"""The README's `make demo`: a fleet on this machine, made private, proven, and asked by a program and a person."""

import argparse
import dataclasses
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import duration
from rich.console import Console
from rich.markup import escape
from rich.text import Text

import llamakeep_lab as lab
from llamakeep import inventory, keys
from llamakeep.errors import Refusal
from llamakeep_lab import browser, front
from llamakeep_lab.caller import Caller

INVENTORY = Path("inventories/lab")
QUESTION = "What is the capital of France?"
MODEL = "smollm2:135m"
CLIENT = "you"  # the name under which the gateway knows who runs the demo
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
            raise Refusal(
                " ".join(words),
                f"ended with exit code {code}",
                id="command-failed",
                expected=" or ".join(map(str, expect)),
            )

    def secret(self, *words: str) -> str:
        """Run one command whose stdout is a secret, show the rest of what it says, and return the secret."""
        self.console.print(f"\n[bold]$ {' '.join(words)}[/]", highlight=False)
        program = [str(Path(sys.executable).parent / words[0]), *words[1:]]
        done = subprocess.run(program, check=False, capture_output=True, text=True)
        self.console.print(escape(done.stderr.rstrip()), highlight=False, soft_wrap=True)
        if done.returncode != 0:
            raise Refusal(" ".join(words), f"ended with exit code {done.returncode}", id="command-failed", expected="0")
        return done.stdout.strip()

    def shown(self, secret: str) -> str:
        """Return a secret as it is shown: to whoever runs the demo as it is, in a picture as so many dots."""
        return secret if self._picture is None else "•" * len(secret)

    def close(self) -> None:
        """Write the picture."""
        if self._picture is not None:
            drawn = self.console.export_svg(title="llamakeep")
            # The page that shows it loads nothing from elsewhere: the reader's own monospaced font will do.
            self._picture.write_text(re.sub(r"@font-face \{[^}]*\}\s*", "", drawn), encoding="utf-8")


def demo(stage: Stage, screenshot: Path | None = None) -> None:
    """Play all of it: a lab, a key, the fleet, a question by a program and, for `screenshot`, one by a person."""
    started = time.monotonic()
    stage.play("llamakeep", "lab", "up", "--front")
    has_key = any(client.name == CLIENT for client in keys.listed(str(INVENTORY)).clients)
    key = stage.secret("llamakeep", "key", "rotate" if has_key else "add", CLIENT, "-i", str(INVENTORY))
    stage.play("llamakeep", "up", "-i", str(INVENTORY))
    gateway = next(host for host in inventory.load(INVENTORY).hosts if "gateway_hosts" in host.groups)
    caller = Caller(front.DOMAIN, gateway.connection.address, INVENTORY / ".ca" / "root.crt", key)
    answer, seconds = caller.ask(MODEL, QUESTION)
    stage.console.print(f"\n[bold]a program, over TLS and with its key:[/] {QUESTION}", highlight=False)
    stage.console.print(f"[bold]{MODEL}:[/] {answer}  [dim]({seconds:.1f} s)[/]", highlight=False)
    if "Paris" not in answer:
        raise Refusal(
            f"{caller.name}, {MODEL}",
            f"answered {answer!r}",
            id="answer-unexpected",
            expected="something with Paris in it",
        )
    if screenshot is not None:
        _as_a_person(stage, caller, screenshot)
    _tell(stage, caller, time.monotonic() - started)


def _as_a_person(stage: Stage, caller: Caller, path: Path) -> None:
    """Log in and ask in a real browser, and keep what it shows."""
    network_of = lab.attach().host("outsider").pid
    with browser.person(f"https://chat.{caller.domain}", caller.root, caller.address, network_of=network_of) as someone:
        someone.log_in(front.ADMIN, front.password(INVENTORY))
        said = someone.ask(QUESTION)
        someone.picture(path)
    stage.console.print(f"[bold]a person, in Chromium:[/] {said}  [dim]({path})[/]", highlight=False)


def _tell(stage: Stage, caller: Caller, seconds: float) -> None:
    caller = dataclasses.replace(caller, key=stage.shown(caller.key))
    chat, names = f"https://chat.{caller.domain}", f"chat.{caller.domain} {caller.name}"
    stage.console.print(
        f"\nThe demo took {duration(seconds)}. The fleet stays up.\n\n"
        f"[bold]People:[/]    {chat}  ·  {front.ADMIN}  ·  {stage.shown(front.password(INVENTORY))}\n"
        f"  their browser must find the names: {caller.address} {names}  (in /etc/hosts)\n"
        f"  and trust the fleet's own CA:      {caller.root}\n"
        f"[bold]Programs:[/]  {escape(caller.curl(MODEL, QUESTION))}\n\n"
        f"next:\n"
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
    parser.add_argument("--screenshot", type=Path, help="use the chat in Chromium, and save what it shows")
    chosen = parser.parse_args()
    stage = Stage(chosen.picture)
    try:
        demo(stage, chosen.screenshot)
    except Refusal as refusal:
        print(f"demo: {refusal}", file=sys.stderr)  # noqa: T201 - the end of a program
        return 2
    stage.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
