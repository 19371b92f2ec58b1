"""The gateway in a report: what people type, what stands behind it, and until when."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from llamakeep.record import Record
from llamakeep.report.line import Line
from llamakeep.report.words import answering
from llamakeep.services.gateway.observed.seen import SeenCertificate, SeenGateway
from llamakeep.services.gateway.wanted.record import WantedGateway

_SOON = 14  # days


class KeyLine(Record):
    """One client's key: its name and age, never what it is."""

    name: str
    age: str  # "2 days", "older half, until 2026-11-29"
    state: str  # "in force", "not in force", "in force, not in the inventory", "not looked at"


class BackendLine(Record):
    """One llm host behind the gateway, for one model."""

    model: str
    host: str
    state: str  # "there", "not there", "not looked at"
    serving: int
    queued: int


class GatewayLine(Line):
    """The gateway of one host."""

    url: str  # of the API
    chat: str  # "" where no chat stands behind it
    listens: tuple[str, ...]
    version: str  # of HAProxy, where it was seen
    state: str
    certificate: str  # "for chat.example.org, api.example.org, by llamakeep internal CA 07db0581"
    until: str  # "2027-02-21, 90 days left"; "" where none was seen
    lasts: str  # "good", "unknown" (soon), "bad": its colour
    fault: str
    keys: tuple[KeyLine, ...]
    backends: tuple[BackendLine, ...]


def gateway_line(wanted: WantedGateway, seen: SeenGateway | None, now: datetime) -> GatewayLine:
    """Return what a report says of a gateway; `now` is when the run began."""
    port = "" if wanted.port == 443 else f":{wanted.port}"
    certificate = seen.certificate if seen else None
    left = _left(certificate, now)
    return GatewayLine(
        url=f"https://api.{wanted.domain}{port}",
        chat=f"https://chat.{wanted.domain}{port}" if wanted.chats else "",
        listens=tuple(f"{address} port {wanted.port}" for address in wanted.addresses),
        version=(seen.version or "") if seen else "",
        state=answering(seen.answers if seen else None),
        certificate=f"for {', '.join(certificate.names)}, by {certificate.issuer}" if certificate else "",
        until=f"{certificate.until[:10]}, {_in_words(left)}" if certificate and left is not None else "",
        lasts="bad" if left is None or left < 0 else "unknown" if left < _SOON else "good",
        fault=certificate.fault if certificate else "",
        keys=tuple(_keys(wanted, seen, now.date())),
        backends=tuple(_backends(wanted, seen)),
    )


def _left(certificate: SeenCertificate | None, now: datetime) -> int | None:
    if certificate is None:
        return None
    try:
        until = datetime.fromisoformat(certificate.until)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return (aware - now).days


def _in_words(left: int) -> str:
    return f"{_days(left)} left" if left >= 0 else f"ended {_days(-left)} ago"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _keys(wanted: WantedGateway, seen: SeenGateway | None, today: date) -> Iterable[KeyLine]:
    """Return the inventory's keys, then those that are in force beside them."""
    for key in wanted.keys:
        state = "not looked at" if seen is None else "in force" if key.name in seen.keys else "not in force"
        age = f"older half, until {key.until}" if key.until else _age(key.created, today)
        yield KeyLine(name=key.name, age=age, state=state)
    known = {key.name for key in wanted.keys}
    for name in seen.keys if seen else ():
        if name not in known:
            yield KeyLine(name=name, age="not known", state="in force, not in the inventory")


def _age(created: str, today: date) -> str:
    """Return how old a key is.

    >>> _age("2026-11-20", date(2026, 11, 22))
    '2 days'
    """
    try:
        days = (today - date.fromisoformat(created)).days
    except ValueError:
        return "not known"
    return "made today" if days <= 0 else _days(days)


def _backends(wanted: WantedGateway, seen: SeenGateway | None) -> Iterable[BackendLine]:
    """Return a line for each host of each model: those that were seen, and those that should have been."""
    found = {(each.model, each.host): each for each in (seen.backends if seen else ())}
    pairs = [(model, host) for model, hosts in wanted.models.items() for host in hosts]
    for model, host in dict.fromkeys([*pairs, *found]):
        each = found.get((model, host))
        absent = "not there" if seen is not None and seen.answers else "not looked at"
        yield BackendLine(
            model=model,
            host=host,
            state=absent if each is None else "there" if each.up else "not there",
            serving=each.serving if each else 0,
            queued=each.queued if each else 0,
        )
