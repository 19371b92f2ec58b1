"""The file that a real server makes at its first start, and for which HOME must be writable."""

from pathlib import Path

_NOTE = "made by llamakeep's stand-in for Ollama: a place-holder, not a key\n"


def ensure(home: Path) -> None:
    """Make ~/.ollama/id_ed25519 and its .pub where they are missing; OSError when HOME is not writable."""
    folder = home / ".ollama"
    private = folder / "id_ed25519"
    if private.exists():
        return
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    private.touch(mode=0o600)
    private.write_text(_NOTE, encoding="ascii")
    private.with_suffix(".pub").write_text(_NOTE, encoding="ascii")
