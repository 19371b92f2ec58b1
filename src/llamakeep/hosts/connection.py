"""How a host is reached, as the inventory says it."""

from typing import Any, Literal

from pydantic import SecretStr

from llamakeep.record import Record


class Connection(Record):
    """How the control node reaches a host."""

    kind: Literal["ssh", "local"]
    address: str
    port: int = 22
    user: str | None = None
    become: bool = True
    become_method: str = "sudo"
    variables: dict[str, Any] = {}  # what Ansible's plugins for ssh and for becoming root read, evaluated
    secrets: dict[str, SecretStr] = {}  # those of them that nobody else should
    python: str | None = None  # ansible_python_interpreter, where the inventory names one
    password: SecretStr | None = None  # of the ssh user, where the inventory gives one
    become_password: SecretStr | None = None  # for sudo, where the inventory gives one

    def revealed(self) -> dict[str, Any]:
        """Return it with its secrets in the clear: for a pipe between two processes, never for a file."""
        plain: dict[str, Any] = {
            name: secret.get_secret_value() if secret else None
            for name, secret in (("password", self.password), ("become_password", self.become_password))
        }
        plain["secrets"] = {name: secret.get_secret_value() for name, secret in self.secrets.items()}
        return {**self.model_dump(mode="json"), **plain}
