"""What happened to a user, role or provider: names, tags, keys, logins, policies, with the event behind each line."""

import re
from pathlib import Path

import msgspec

from graph.store import Store
from ingest.errors import NotFound
from ingest.identity import account_in, name_id
from queries.coverage import coverage
from queries.past import History, Past
from queries.several import Several

_QUESTION = Path(__file__).with_suffix(".sql")
_OF_ACCOUNT = re.compile(r"(\d{12})/([^/:]+)", re.ASCII)


class _Asked(msgspec.Struct):
    """Parameters of the question: what the text may be; None for what it cannot be."""

    id: str | None = None
    name: str | None = None
    role: str | None = None
    provider: str | None = None
    bare: str | None = None


def history(store: Store, asked: str) -> History:
    """The history of what `asked` names: an ARN, a user or role id, a name, or `<account>/<name>`.

    The history of a user covers all names that its id ever bore; by its ARN or name a role has all its lives, by its
    id that one. Raises Several where more than one thing fits, NotFound where nothing does.
    """
    text = asked.strip()
    past = Past(store.fetch(_QUESTION, msgspec.structs.asdict(_parse(text))))
    fitting = past.fitting()
    if not fitting:
        raise NotFound(f"nothing is known to have happened to a user, role or provider {text!r}: {coverage(store)}")
    if len(fitting) > 1:
        raise Several(text, [past.choice(ref) for ref in fitting])
    return past.history(fitting[0])


def _parse(text: str) -> _Asked:
    if not text.startswith("arn:"):
        if named := _OF_ACCOUNT.fullmatch(text):
            both = name_id(named[1], named[2])
            return _Asked(name=both, role=both)
        return _Asked(id=text if text.endswith(":root") else text.partition(":")[0], bare=text.lower())
    account, resource = account_in(text), text.split(":", 5)[-1]
    kind, _, rest = resource.partition("/")
    if kind == "user":
        return _Asked(name=name_id(account, rest.rsplit("/", 1)[-1]))
    if kind == "role":
        return _Asked(role=name_id(account, rest.rsplit("/", 1)[-1]))
    if kind == "assumed-role":
        return _Asked(role=name_id(account, rest.partition("/")[0]))
    return _Asked(id=f"{account}:root") if resource == "root" else _Asked(provider=text)
