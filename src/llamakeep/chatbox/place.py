"""Where the page comes to lie: found writable before a key is made, and readable by its owner alone."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from llamakeep.errors import Refusal


@contextmanager
def page_at(folder: Path, client: str) -> Iterator[tuple[Path, Callable[[str], None]]]:
    """Give the path of a client's page, and what writes it in one step; nothing is left where it is not called.

    Raises Refusal where nothing can be written.
    """
    path = folder / f"chatbox-{client}.html"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, staged = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")  # 0600
    except OSError as error:
        raise Refusal(
            str(folder), f"cannot be written: {error.strerror}", id="folder-not-writable", remedy="--out DIR"
        ) from error

    def write(text: str) -> None:
        with os.fdopen(os.dup(handle), "w", encoding="utf-8") as file:
            file.write(text)
        Path(staged).replace(path)

    try:
        yield path, write
    finally:
        os.close(handle)
        Path(staged).unlink(missing_ok=True)
