"""The command line: `ollama serve`, `ollama list`, `ollama run MODEL PROMPT` and their kin."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from . import building, human, tables
from .client import Client, ServerError, UnreachableError
from .names import InvalidNameError
from .version import VERSION

_SUMMARY = f"Large language model runner (llamakeep's stand-in for Ollama, {VERSION}: for rehearsals)"


def main(words: list[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked."""
    words = sys.argv[1:] if words is None else words
    if words[:1] in (["-v"], ["--version"]):
        return _version()
    asked = _parser().parse_args(words)
    if asked.command is None:
        _parser().print_help()
        return 0
    if asked.command in ("serve", "start"):
        # Only the server needs the rest of the program.
        from .serve import main as serve

        return serve()
    try:
        _COMMANDS[asked.command](asked)
    except (ServerError, UnreachableError, InvalidNameError, OSError, ValueError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ollama", description=_SUMMARY)
    parser.add_argument("-v", "--version", action="store_true", help="Show version information")
    commands = parser.add_subparsers(dest="command", metavar="command")

    def command(name: str, summary: str, *arguments: str, aliases: tuple[str, ...] = ()) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, aliases=aliases)
        for argument in arguments:
            added.add_argument(argument.rstrip("*+?"), nargs=argument[-1] if argument[-1] in "*+?" else None)
        return added

    command("serve", "Start Ollama", aliases=("start",))
    create = command("create", "Create a model", "model")
    create.add_argument("-f", "--file", default="Modelfile", help="Name of the Modelfile")
    show = command("show", "Show information for a model", "model")
    for part in ("license", "modelfile", "parameters", "system", "template"):
        show.add_argument(f"--{part}", dest="part", action="store_const", const=part)
    run = command("run", "Run a model", "model", "prompt*")
    run.add_argument("--keepalive")
    run.add_argument("--format", default="")
    run.add_argument("--verbose", action="store_true")
    run.add_argument("--nowordwrap", action="store_true")
    command("stop", "Stop a running model", "model")
    pull = command("pull", "Pull a model from a registry", "model")
    pull.add_argument("--insecure", action="store_true", help="Use an insecure registry")
    command("list", "List models", "prefix?", aliases=("ls",))
    command("ps", "List running models", "prefix?")
    command("cp", "Copy a model", "source", "destination")
    command("rm", "Remove a model", "models+")
    return parser


def _version() -> int:
    server = ""
    try:
        server = str(Client().get("/api/version")["version"])
    except (UnreachableError, ServerError, ValueError, KeyError):
        _say("Warning: could not connect to a running Ollama instance")
    if server:
        _say(f"ollama version is {server}")
    if server != VERSION:
        _say(f"Warning: client version is {VERSION}")
    return 0


def _list(asked: argparse.Namespace) -> None:
    prefix = (asked.prefix or "").lower()
    rows = [
        (model["name"], model["digest"][:12], human.size(model["size"]), human.when(model["modified_at"]))
        for model in Client().get("/api/tags")["models"]
        if model["name"].lower().startswith(prefix)
    ]
    _say(tables.table(("NAME", "ID", "SIZE", "MODIFIED"), rows))


def _ps(asked: argparse.Namespace) -> None:
    rows = [
        (
            model["name"],
            model["digest"][:12],
            human.size(model["size"]),
            tables.processor(model["size"], model["size_vram"]),
            str(model["context_length"]),
            human.when(model["expires_at"]),
        )
        for model in Client().get("/api/ps")["models"]
        if model["name"].startswith(asked.prefix or "")
    ]
    _say(tables.table(("NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"), rows))


def _show(asked: argparse.Namespace) -> None:
    shown = Client().send("POST", "/api/show", {"model": asked.model})
    _say(str(shown.get(asked.part, "")) if asked.part else tables.described(shown))


def _create(asked: argparse.Namespace) -> None:
    client = Client()
    client.get("/api/version")
    for step in client.stream("/api/create", building.request(client, asked.model, asked.file)):
        _progress(step)


def _run(asked: argparse.Namespace) -> None:
    client = Client()
    try:
        client.send("POST", "/api/show", {"model": asked.model})
    except ServerError as error:
        if "not found" not in str(error):
            raise
        for step in client.stream("/api/pull", {"model": asked.model}):
            _progress(step)
    prompt = " ".join(asked.prompt)
    if not sys.stdin.isatty():
        prompt = "\n\n".join(part for part in (sys.stdin.read().strip(), prompt) if part)
    if prompt:
        _ask(client, asked, prompt)
        return
    while (line := _line()) not in (None, "/bye"):
        _ask(client, asked, str(line))


def _ask(client: Client, asked: argparse.Namespace, prompt: str) -> None:
    request: dict[str, Any] = {"model": asked.model, "prompt": prompt, "format": asked.format or None}
    if asked.keepalive is not None:
        request["keep_alive"] = asked.keepalive
    last: dict[str, Any] = {}
    for last in client.stream("/api/generate", request):
        sys.stdout.write(last.get("response", ""))
        sys.stdout.flush()
    _say("\n")
    if asked.verbose:
        sys.stderr.write(tables.timings(last))


def _line() -> str | None:
    try:
        return input(">>> ").strip()
    except EOFError:
        return None


def _stop(asked: argparse.Namespace) -> None:
    try:
        Client().send("POST", "/api/generate", {"model": asked.model, "keep_alive": 0})
    except ServerError as error:
        if "not found" in str(error):
            raise ServerError(f'couldn\'t find model "{asked.model}" to stop') from error
        raise


def _pull(asked: argparse.Namespace) -> None:
    for step in Client().stream("/api/pull", {"model": asked.model, "insecure": asked.insecure}):
        _progress(step)


def _copy(asked: argparse.Namespace) -> None:
    Client().send("POST", "/api/copy", {"source": asked.source, "destination": asked.destination})
    _say(f"copied '{asked.source}' to '{asked.destination}'")


def _remove(asked: argparse.Namespace) -> None:
    client = Client()
    for model in asked.models:
        client.send("DELETE", "/api/delete", {"model": model})
        _say(f"deleted '{model}'")


def _progress(step: dict[str, Any]) -> None:
    """Say each step once on standard error; the bytes of a blob only when it is whole."""
    if "total" not in step or step.get("completed") == step["total"]:
        sys.stderr.write(f"{step.get('status', '')}\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


_COMMANDS = {
    "create": _create,
    "show": _show,
    "run": _run,
    "stop": _stop,
    "pull": _pull,
    "list": _list,
    "ls": _list,
    "ps": _ps,
    "cp": _copy,
    "rm": _remove,
}
