"""Reporting: one run as a page, as JSON and as JUnit, drawn from the records that its stages left."""

from pathlib import Path
from typing import NamedTuple


class Paths(NamedTuple):
    """Where the report of a run lies."""

    html: Path
    json: Path
    junit: Path


def write(run_folder: Path) -> Paths:
    """Write the report of a run into its folder, readable by its owner only."""
    # Imported when it is called: a verb that only names the report needs no templates.
    from llamakeep.report import compose, junit, page, records

    report = compose.compose(records.read(run_folder))
    paths = Paths(run_folder / "report.html", run_folder / "report.json", run_folder / "junit.xml")
    contents = (
        page.page(report).encode(),
        report.model_dump_json(indent=1).encode() + b"\n",
        junit.document(report),
    )
    for path, content in zip(paths, contents, strict=True):
        path.touch(mode=0o600)
        path.write_bytes(content)
    return paths
