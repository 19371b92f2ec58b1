"""The way to one host, and a program at its end: by ssh as Ansible's plugin calls it, or here on this machine."""

import base64
import gzip
import io
import os
import pwd
import re
import secrets
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from typing import Any, NamedTuple

from llamakeep.hosts import plugins
from llamakeep.hosts.connection import Connection
from llamakeep.hosts.conversation import BecomeError, Conversation, Start, UnreachableError
from llamakeep.hosts.reason import BROKE_OFF, in_words, known, without_noise
from llamakeep.hosts.turns import Turns, jump_of

MOST = 1 << 24  # bytes of an answer: no program of ours says more

_LOGIN = 20.0  # seconds for a login and for becoming root, beside the time that ssh has to connect
_NEEDS_TTY = re.compile(r"must have a tty|a terminal is required|requires a (?:tty|terminal)", re.IGNORECASE)
_STALE = re.compile(r"mux_client|ControlSocket|Broken pipe")  # what ssh says where a kept connection has died
# What ssh says where sshd has too many at its door (MaxStartups), or a jump host's has.
_STORM = re.compile(
    r"kex_exchange_identification|banner exchange|stdio forwarding failed|Connection (?:closed|reset) by"
)
_BARRED = re.compile(r"Permission denied|Host key verification failed")  # another attempt may lock somebody out
_ALIVE = ("-o", "ServerAliveInterval=15")  # a host that went away is missed after 45 s
_PORT = 22  # which is also what stands there where the inventory says nothing
_ALONE = ("-o", "ControlMaster=no", "-o", "ControlPath=none")


class Said(NamedTuple):
    """What a program said, and its status."""

    code: int
    out: bytes
    err: str


class Way:
    """The way to one host, for one thread at a time."""

    def __init__(
        self, connection: Connection, *, become: bool | None = None, keep: bool = True, turns: Turns | None = None
    ) -> None:
        """Take a host's connection; with `keep` ssh's own stays for who comes next, Ansible too."""
        self._connection = connection
        self._become = connection.become if become is None else become
        self._keep = keep
        self._turns = turns
        self._is_storm = False
        self.needs_tty = False  # whether whom we become has it so
        self.queued = 0.0  # seconds for which it was not our turn at a jump host

    @property
    def becomes(self) -> str:
        """The method by which we become another user; empty: we stay who we are."""
        return self._connection.become_method if self._plugin is not None else ""

    @property
    def hostname(self) -> str:
        """The name or address that ssh goes to: its configuration may know more than the inventory."""
        return self._config.get("hostname", self._connection.address)

    def run(self, script: str, limit: float) -> Said:
        """Have the host's `/bin/sh` run a text, and return what that said on stdout, whatever the login said.

        Its stdin is empty. The limit (seconds) is that of the script; the way there has its own.
        Raises UnreachableError, BecomeError, and TimeoutError where the limit has passed.
        """
        end = _mark()
        text = f"(\n{script}\n) </dev/null\nprintf '\\n%s %s\\n' {end} \"$?\"\n"
        try:
            return self._run(text, end, limit)
        except BecomeError as refusal:
            if self.needs_tty or not _NEEDS_TTY.search(str(refusal)):
                raise
        self.needs_tty = True
        return self._run(text, end, limit)

    def _run(self, text: str, end: str, limit: float) -> Said:
        by_stdin = not self.needs_tty and self._takes_stdin
        program = "exec /bin/sh" if by_stdin else f"echo {_packed(text)}|base64 -d|gzip -dc|/bin/sh"
        with self.open(program, is_tty=not by_stdin) as line:
            if by_stdin:
                line.say(io.BytesIO(text.encode()))
            mark = f"\n{end} ".encode()
            said = line.hear(MOST, time.monotonic() + limit, last=mark)
            answer, found, code = said.partition(mark)
            if found and not code.endswith(b"\n"):  # the number may come by itself
                code += line.hear(MOST, time.monotonic() + limit, last=b"\n")
            line.wait()
            if not code.strip().isdigit():
                raise UnreachableError(known(line.complaint) or BROKE_OFF)
            return Said(int(code), answer, line.complaint)

    @contextmanager
    def open(self, program: str, *, is_tty: bool = False) -> Iterator[Conversation]:
        """Have the host run a command line of its shell, and hear it from its first word on."""
        attempts = 1 + (int(self._ssh.get_option("reconnection_retries")) if self._is_ssh else 0)
        is_stale = False
        while True:
            with ExitStack() as stack:
                try:
                    line = self._entered(stack, program, is_tty=is_tty)
                except UnreachableError as refusal:
                    said, was_stale = str(refusal), is_stale
                    is_stale = _STALE.search(said) is not None
                    attempts -= 0 if (is_stale and not was_stale) or self._is_new_storm(said) else 1
                    if attempts > 0 and not _BARRED.search(said):
                        continue
                    raise UnreachableError(in_words(said, self._connection.user or "the user")) from refusal
                yield line
                return

    def _entered(self, stack: ExitStack, program: str, *, is_tty: bool) -> Conversation:
        with ExitStack() as way:
            if self._turns is not None and self._is_ssh and self._may_have_to_wait:
                self.queued += way.enter_context(self._turns.at(lambda: self._config))
            patience = self._patience
            try:
                line = stack.enter_context(Conversation(self._start(program, is_tty=is_tty)))
                line.enter(time.monotonic() + patience)
            except TimeoutError:
                words = without_noise(line.complaint)[-1:]
                raise UnreachableError(": ".join([f"no login within {patience:g} s", *words])) from None
            except plugins.errors() as error:
                raise UnreachableError(" ".join(str(error).split())) from error
            finally:
                self._forget_password()
        return line

    @property
    def _may_have_to_wait(self) -> bool:
        """Whether to look for a jump host on the way; where ssh is kept `ssh -G` is asked anyway."""
        return self._keep or self._is_storm or (self._turns is not None and self._turns.is_worth_asking())

    def _is_new_storm(self, said: str) -> bool:
        """Whether a jump host seems to have turned us away, and we have not yet waited for our turn there."""
        was, self._is_storm = self._is_storm, _STORM.search(said) is not None and jump_of(self._config) != ""
        return self._is_storm and not was

    @property
    def _is_ssh(self) -> bool:
        return self._connection.kind == "ssh"

    @cached_property
    def _variables(self) -> dict[str, Any]:
        connection = self._connection
        found: dict[str, Any] = {**connection.variables, "ansible_host": connection.address}
        found |= {"ansible_user": connection.user} if connection.user else {}
        found |= {"ansible_port": connection.port} if connection.port != _PORT else {}
        return found | {name: secret.get_secret_value() for name, secret in connection.secrets.items()}

    @cached_property
    def _ssh(self) -> Any:
        return plugins.ssh(self._variables)

    @cached_property
    def _plugin(self) -> Any:
        """Return the plugin that becomes another user; None where we are that user."""
        if not self._become:
            return None
        method = self._connection.become_method
        plugin = plugins.become(method, self._variables)
        if plugin is None:
            raise BecomeError(f"Ansible has no become plugin {method} here: its collection is missing")
        user = (self._ssh.get_option("remote_user") or "") if self._is_ssh else pwd.getpwuid(os.geteuid()).pw_name
        return None if plugins.same_user(user, plugin.get_option("become_user") or "root") else plugin

    @property
    def _takes_stdin(self) -> bool:
        """Whether what we write reaches the program, past whoever asks for a password."""
        plugin = self._plugin
        return plugin is None or (plugin.pipelining and not plugin.require_tty)

    @property
    def _patience(self) -> float:
        return _LOGIN + (float(self._ssh.get_option("timeout")) if self._is_ssh else 0.0)

    @cached_property
    def _config(self) -> dict[str, str]:
        """What ssh makes of its configuration for this host: the names and values that `ssh -G` prints."""
        if not self._is_ssh:
            return {}
        words = self._ssh._build_command(self._executable, "ssh", "-G", self._ssh.host)
        how: dict[str, Any] = {"capture_output": True, "text": True, "errors": "surrogateescape", "check": False}
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, timeout=_LOGIN, start_new_session=True, **how)
        except (OSError, subprocess.TimeoutExpired):
            return {}  # what is wrong is told by the ssh that is to lead to the host
        return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)

    @property
    def _executable(self) -> str:
        return str(self._ssh.get_option("ssh_executable"))

    def _start(self, program: str, *, is_tty: bool) -> Start:
        mark = _mark()
        line = f"/bin/sh -c {shlex.quote(f'echo {mark}; {program}')}"
        plugin = self._plugin
        reached = f"{mark}-reached"
        if plugin is not None:
            line = f"echo {reached}; {plugin.build_become_command(line, plugins.shell())}"
        if not self._is_ssh:
            return Start(["/bin/sh", "-c", line], mark.encode(), plugin, reached=reached.encode())
        words: list[bytes | str] = [*self._words("-tt" if is_tty else "-T", self._ssh.host, line)]
        return Start(words, mark.encode(), plugin, self._options(words), is_tty, reached.encode())

    def _words(self, *rest: str) -> list[bytes]:
        """Return the command line of ssh as Ansible's plugin builds it, with what only we ask for before it."""
        words: list[bytes] = self._ssh._build_command(self._executable, "ssh", *rest)
        ours: tuple[str, ...] = () if self._keep else _ALONE
        if self._keep:  # else it is waited for no longer than for the answer
            ours += _ALIVE if self._config.get("serveraliveinterval", "0") == "0" else ()
        return [words[0], *(word.encode() for word in ours), *words[1:]]

    def _options(self, words: list[bytes | str]) -> dict[str, Any]:
        """Return how ssh is started so that it asks nobody on a terminal, and gets its password from the plugin."""
        given = self._ssh._init_shm()
        options: dict[str, Any] = {"start_new_session": True}
        if environment := given.get("env"):
            options["env"] = {**environment, "PATH": plugins.path()}
        else:
            # Without a password nobody is asked, also not in a window of whoever's desktop this is. In bytes, as it is
            # handed on: to decode and encode it anew for each of a thousand hosts takes its time.
            ours = {b"SSH_ASKPASS_REQUIRE": b"never", b"PATH": os.fsencode(plugins.path())}
            options["env"] = {**os.environb, **ours}
        if asked := self._ssh._sshpass_cmd():
            words[:0] = asked
            reader, writer = self._ssh.sshpass_pipe
            os.write(writer, f"{self._ssh.get_option('password')}\n".encode())
            os.close(writer)
            options["pass_fds"] = (reader,)
        return options

    def _forget_password(self) -> None:
        """Let go of where the password lay for ssh."""
        if not self._is_ssh:
            return
        if self._ssh.shm is not None:
            self._ssh.shm.close()
            with suppress(FileNotFoundError):  # whoever asked has taken it away
                self._ssh.shm.unlink()
            self._ssh.shm = None
        if self._ssh.sshpass_pipe:
            os.close(self._ssh.sshpass_pipe[0])
            self._ssh.sshpass_pipe = None


def _mark() -> str:
    return f"llamakeep-{secrets.token_hex(12)}"


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")
