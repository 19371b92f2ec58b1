"""The link as one HTML file that loads nothing, for the person who is to have it."""

import base64
import hashlib
from functools import cache

import jinja2
from markupsafe import Markup

from llamakeep.chatbox import code
from llamakeep.chatbox.linked import Linked


def page(linked: Linked) -> str:
    """Return the page; whoever reads it has the key."""
    drawn = code.code(linked.link)
    return _template().render(
        linked=linked,
        link=linked.link.get_secret_value(),
        config=linked.config.get_secret_value(),
        code=Markup(code.on_page(drawn)) if drawn else "",  # noqa: S704 - modules of a code, no text of anybody's
        style=_part("page.css"),
        script=_part("page.js"),
        allowed={name: _hash(_part(name)) for name in ("page.css", "page.js")},
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("llamakeep.chatbox", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


@cache
def _part(name: str) -> Markup:
    """Return a part of the page that is ours, and stands in it as it is."""
    from importlib.resources import files

    return Markup((files("llamakeep.chatbox") / name).read_text(encoding="utf-8"))  # noqa: S704


def _hash(text: str) -> str:
    """Return by what a browser is told that this style or script may run, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
