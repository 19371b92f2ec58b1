"""Who plays what in a lab: the hosts, their groups and their places on the network."""

from dataclasses import dataclass

from llamakeep.errors import Refusal

MOST_LLM_HOSTS = 200
_FIRST_LLM = 10  # llm1 is .11: adding one more moves no address of another


@dataclass(frozen=True)
class Part:
    """One host of a lab."""

    name: str
    group: str
    place: int  # its number in both subnets: 11 is 10.x.y.11 and fdxx:…::b

    @property
    def is_llm(self) -> bool:
        """Whether it is to serve models, and so may play a GPU."""
        return self.group == "llm_hosts"


GATEWAY = Part("gateway1", "gateway_hosts", 4)
CHAT = Part("chat1", "chat_hosts", 5)
CLIENT = Part(CHAT.name, "clients", CHAT.place)  # the same host in a lab without a front: it only connects
REGISTRY = Part("registry1", "registry_hosts", 6)
OUTSIDER = Part("outsider", "untrusted", 7)
BLOBS_ALIAS = "blobs.lab.example"  # registry1's second name, to which its registry redirects blobs


def roster(llm: int, *, front: bool = False) -> tuple[Part, ...]:
    """Return every host of a lab with that many llm hosts, in the order in which they are listed.

    With `front` there is a chat for people and a gateway before everything.
    """
    if not 1 <= llm <= MOST_LLM_HOSTS:
        raise Refusal("--llm", f"{llm} hosts", id="lab-host-count-invalid", expected=f"1 to {MOST_LLM_HOSTS}")
    servers = (Part(f"llm{n}", "llm_hosts", _FIRST_LLM + n) for n in range(1, llm + 1))
    return (*servers, *((CHAT, GATEWAY) if front else (CLIENT,)), REGISTRY, OUTSIDER)
