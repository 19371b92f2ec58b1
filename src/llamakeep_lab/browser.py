"""A person at a browser, in front of the lab's chat: headless Chromium that trusts the fleet's own CA.

Needs the programs chromium and certutil, and the Python package playwright; none of them is part of the kit.
"""

import importlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamakeep.errors import Refusal
from llamakeep_lab import patience

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Without these it calls out by itself, at every start.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
_ANSWER = ".chat-assistant"
_SETTLED = 10  # looks in a row at the same words: on a busy machine the next one takes its time
_GREETING = "Okay, Let's Go!"


@dataclass(frozen=True)
class Person:
    """One who uses the chat: what is seen and pressed, by the words on the page."""

    page: Any  # playwright's
    url: str

    def open(self) -> None:
        """Go to the chat's address."""
        self.page.goto(self.url, wait_until="domcontentloaded")
        self.page.wait_for_selector("input[type=email], #chat-input")

    def log_in(self, email: str, password: str) -> None:
        """Log in, and close what greets a person the first time."""
        self.open()
        self.page.fill("input[type=email]", email)
        self.page.fill("input[type=password]", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#chat-input")
        self.page.wait_for_timeout(1500)  # the greeting comes after the page
        self.page.click("#chat-input")

    def models(self) -> list[str]:
        """Return the models that the menu offers."""
        self.page.click("#model-selector-model-button, [id^=model-selector]")
        self.page.wait_for_selector("[data-value]")
        names = [item.get_attribute("data-value") for item in self.page.query_selector_all("[data-value]")]
        self.page.keyboard.press("Escape")
        return [str(name) for name in names]

    def ask(self, question: str) -> str:
        """Ask, wait until the answer is written, and return it."""
        before = self.page.locator(_ANSWER).count()
        self.page.click("#chat-input")
        self.page.keyboard.type(question)
        self.page.keyboard.press("Enter")
        answer = self.page.locator(_ANSWER).nth(before)
        answer.wait_for()
        said, same = "", 0
        while same < _SETTLED:
            self.page.wait_for_timeout(700)
            again = answer.inner_text()
            same = same + 1 if again.strip() and again == said else 0
            said = again
        return said.strip()

    def picture(self, path: Path) -> None:
        """Save what is seen, as a PNG file."""
        self.page.screenshot(path=str(path))


@contextmanager
def person(
    url: str, root: Path, address: str, *, network_of: int | None = None, wide: int = 1200, high: int = 760
) -> Iterator[Person]:
    """Seat one at a browser that trusts the CA `root` and finds every name of the url's domain at `address`.

    `beside` is a process in whose network the browser runs. In this machine's own it drops every connection, and gives
    up what was asked on it, when any network comes or goes, as those of other labs do.
    """
    domain = url.partition("://")[2].partition("/")[0].partition(":")[0].partition(".")[2]
    api = _api()
    with tempfile.TemporaryDirectory(prefix="llamakeep-browser-") as home:
        _trust(Path(home), root)
        with api.sync_playwright() as driver:
            chromium = driver.chromium.launch(
                executable_path=program() if network_of is None else _within(network_of, Path(home)),
                args=[*_QUIET, "--no-sandbox", "--disable-gpu", f"--host-resolver-rules={_names(domain, address)}"],
                env={**os.environ, "HOME": home},
            )
            try:
                page = chromium.new_page(viewport={"width": wide, "height": high})
                page.set_default_timeout(1000 * patience.ANSWER)
                # Whenever it comes, it is closed before the next thing that is pressed.
                greeting = page.get_by_role("button", name=_GREETING).first
                page.add_locator_handler(greeting, lambda button: button.click())
                yield Person(page, url)
            finally:
                chromium.close()


def program() -> str:
    """Return the path of the browser; refuse a machine that has none."""
    found = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        raise Refusal(
            "browser",
            "there is no Chromium here",
            id="browser-missing",
            remedy="apt-get install chromium libnss3-tools",
        )
    return found


def _names(domain: str, address: str) -> str:
    """Return where the browser finds a domain's names; there are no others."""
    return f"MAP *.{domain} {address}, MAP * ~NOTFOUND, EXCLUDE {address}"


def _within(pid: int, home: Path) -> Path:
    """Return a program that starts the browser in the network of a process."""
    path = home / "browser"
    path.write_text(f'#!/bin/sh\nexec nsenter --target {pid} --net {program()} "$@"\n')
    path.chmod(0o700)
    return path


def _api() -> Any:
    try:
        return importlib.import_module("playwright.sync_api")
    except ModuleNotFoundError as error:
        raise Refusal(
            "browser",
            "the Python package playwright is not installed",
            id="python-package-missing",
            remedy="pip install it",
        ) from error


def _trust(home: Path, root: Path) -> None:
    """Have the browser of this home trust one more CA, as its owner would in its settings."""
    certutil = shutil.which("certutil")
    if certutil is None:
        raise Refusal(
            "browser", "there is no certutil here", id="certutil-missing", remedy="apt-get install libnss3-tools"
        )
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    subprocess.run([certutil, "-d", f"sql:{store}", "-N", "--empty-password"], check=True, capture_output=True)
    add = ["-A", "-n", "llamakeep", "-t", "C,,", "-i", str(root)]
    subprocess.run([certutil, "-d", f"sql:{store}", *add], check=True, capture_output=True)
