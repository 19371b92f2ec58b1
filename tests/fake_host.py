"""An ssh and a sudo of this machine's own making: what they do is written in a line of shell each."""

import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from llamakeep.hosts.connection import Connection
from llamakeep.hosts.way import Way

# As ssh: the last word is a command line for the login shell; -G prints what the configuration says.
SSH = """\
#!/bin/sh
echo "$*" >> {folder}/called
for last; do :; done
case " $* " in *" -G "*) {config} exit 0;; esac
{login}
{runs} -c "$last"
"""


class Scene:
    """A host behind a fake ssh, its programs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ssh("")

    def program(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def ssh(self, login: str, config: str = "", runs: str = "exec /bin/sh") -> None:
        self.program("ssh", SSH.format(folder=self.folder, login=login, config=config, runs=runs))

    def connection(self, *, user: str = "ops", secret: str = "", method: str = "sudo", **variables: Any) -> Connection:
        """The way to the host; without a program for `method` in the folder nobody becomes root."""
        given = {"inventory_hostname": "gpu01", "ansible_host": "192.0.2.7", "ansible_user": user, **variables}
        given["ansible_ssh_executable"] = str(self.folder / "ssh")
        exe = self.folder / method
        given["ansible_become_exe"] = str(exe)
        return Connection(
            kind="ssh",
            address="192.0.2.7",
            user=user,
            become=exe.exists(),
            become_method=method,
            variables=given,
            secrets={"ansible_become_password": SecretStr(secret)} if secret else {},
        )

    def way(self, **how: Any) -> Way:
        return Way(self.connection(**how))

    @property
    def called_so_far(self) -> list[str]:
        """The same, where nobody may have called yet."""
        return self.called if (self.folder / "called").exists() else []

    @property
    def called(self) -> list[str]:
        """Every command line of ssh, the first one first."""
        return (self.folder / "called").read_text(encoding="utf-8").splitlines()


# As sudo without a password: options, and then a command.
SUDO = """\
#!/bin/sh
while [ "$1" != /bin/sh ]; do shift; done
exec "$@"
"""
# As sudo with one: it asks on stderr, by the prompt it was given, and reads one line.
ASKING = f"""\
#!{sys.executable}
import os, sys
words = sys.argv[1:]
if "-p" not in words:
    sys.exit("sudo: a password is required")
sys.stderr.write(words[words.index("-p") + 1]); sys.stderr.flush()
said = b""
while not said.endswith(b"\\n"):
    said += os.read(0, 1)
if said != b"open sesame\\n":
    sys.stderr.write("Sorry, try again.\\n")
    sys.exit(1)
os.execv("/bin/sh", words[words.index("/bin/sh"):])
"""
# As su: it asks in its own language, and what comes after the password may be eaten.
SU = f"""\
#!{sys.executable}
import os, subprocess, sys
sys.stdout.write("Mot de passe : "); sys.stdout.flush()
said = os.read(0, 1 << 16)
if not said.startswith(b"open sesame\\n"):
    sys.exit("su: Authentication failure")
os.execv("/bin/sh", ["/bin/sh", "-c", sys.argv[sys.argv.index("-c") + 1]])
"""
# As sudo with requiretty.
REQUIRETTY = """\
#!/bin/sh
case "$(tail -n 1 {folder}/called)" in
*-tt*) ;;
*) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1 ;;
esac
while [ "$1" != /bin/sh ]; do shift; done
exec "$@"
"""
