"""One word for one thing: names that say nothing, or something else than the field says, do not come back."""

import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Left: what no name is to hold, as a word of its own. Right: what to say.
WORDS = {
    "knock|knocks|knockers|visit|visits|handover": "probe, connection",
    "guest|guests|knockers": "allowed_clients, allowlist",
    "stranger|strangers|strange": "untrusted (host), foreign (process, file), unauthenticated (client)",
    "leads_to|leading_elsewhere": "routes, upstream",
    "told|reckoned|beside|whom": "options, derived, staged, …",
    "judge|judged|judging|judges": "verified, checked",
    "take_back|let_go": "roll_back, release_network",
    "outlook|walked": "pipeline, outcome",
}
HELD = re.compile(rf"(?:^|_)(?:{'|'.join(WORDS)})(?:_|$)")


def names(path: Path) -> set[str]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


def test_no_name_of_the_kit_says_it_otherwise() -> None:
    code = [*(ROOT / "src").rglob("*.py"), *(ROOT / "plugins").rglob("*.py"), *(ROOT / "templates").rglob("*.py")]
    found = {f"{path.relative_to(ROOT)}: {name}" for path in code for name in names(path) if HELD.search(name)}
    assert found == set()
