"""A baseline of IAM (`--iam`): names, ids, paths, tags and keys that are older than the trail, dated by the snapshot.

Read are the answers of `aws iam get-account-authorization-details` and `aws iam list-access-keys`, whole or in pages:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
A credential report is refused: it shows neither users' ids nor keys' ids, so it could tell nothing that joins.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from ingest.envelopes import sample
from ingest.errors import UnreadableSource, UsageError
from ingest.facts import Fact, Listed, Named, Owned, Rolenamed, Tagged, Tags
from ingest.identifiers import account_in_id
from ingest.identity import Ref, Role, User, account_in, name_id
from ingest.limits import PIECE_BYTES, Limits
from ingest.packing import texts
from ingest.pages import Element, elements
from ingest.quarantine import Quarantined
from ingest.source import Object, PassedOver
from ingest.sources.files import Files
from ingest.times import instant

LISTS = ("UserDetailList", "RoleDetailList", "AccessKeyMetadata")
"""The lists that a baseline is made of; groups and policies are passed over."""


class Tag(msgspec.Struct, gc=False):
    """One tag of a user or role."""

    Key: str | None = None
    Value: str | None = None


class Detail(msgspec.Struct, gc=False):
    """One element of any of the three lists; a user, a role or a key by the fields that it has."""

    UserName: str | None = None
    UserId: str | None = None
    RoleName: str | None = None
    RoleId: str | None = None
    AccessKeyId: str | None = None
    Arn: str | None = None
    CreateDate: str | float | None = None
    Tags: list[Tag] | None = None


class Entity(msgspec.Struct, frozen=True):
    """A user, role or key as a snapshot taken at `at` shows it; `born` is '' where it does not say.

    `tags` is None where nothing is said of tags: an empty list says that there are none.
    """

    at: str
    id: str
    name: str
    arn: str
    born: str
    tags: Tags | None

    @property
    def account(self) -> str:
        """The account in its ARN; '' for keys, which have none."""
        return account_in(self.arn)

    @property
    def event(self) -> str:
        """Stands for an eventID: the same for the same content at the same time, wherever it was read."""
        content = msgspec.json.encode((self.id, self.name, self.arn, self.born, self.tags, self.at))
        return f"iam:{hashlib.blake2b(content, digest_size=16).hexdigest()}"


class Snapshot(msgspec.Struct):
    """All that the files of one `--iam` show."""

    users: list[Entity] = msgspec.field(default_factory=list)
    roles: list[Entity] = msgspec.field(default_factory=list)
    keys: list[tuple[Entity, Element]] = msgspec.field(default_factory=list)
    quarantined: list[Quarantined] = msgspec.field(default_factory=list)


def facts_of(
    paths: Sequence[str | Path], at: str | None = None, limits: Limits | None = None
) -> tuple[list[Fact], list[Quarantined]]:
    """The facts of a baseline, and what of it could not be read: by file, position and reason, beside the rest.

    `at` is when the snapshot was taken, in any spelling of `ingest.times`; None stands for each file's own time of
    modification, which a copy may have made later. An element that was made after `at` is quarantined: the time
    given cannot be right. Pages, arrays of them, several values in a row, gzip and zip are read; folders with all
    that is below them.

    A user bears the name at that time; a role, which cannot be renamed, has borne it since it was made. No creator is
    made up and no birth stated: the tags at birth are not known, and a birth would say that they are. Of tags nothing
    is said where a snapshot leaves `Tags` out, as old versions of the command line do.

    Raises MissingSource before anything is read if a path is not there, UsageError if `at` is no time.
    """
    try:
        taken = instant(at) if at is not None else ""
    except ValueError as error:
        raise UsageError(f"{at!r} is no time of a snapshot: give one as 2024-05-06T07:08:09Z") from error
    snapshot = Snapshot()
    files = Files(paths)
    for item in files.objects():
        if isinstance(item, Object):
            for found in _read(files, item, taken, limits or Limits()):
                _take(*found, snapshot)
        elif isinstance(item, PassedOver):
            reason = f"not an IAM baseline: its path is that of {item.kind} files"
            snapshot.quarantined.append(Quarantined(item.source, item.position, reason))
        else:
            snapshot.quarantined.append(item)
    facts = [fact for user in snapshot.users for fact in _user_facts(user)]
    facts += [fact for role in snapshot.roles for fact in _role_facts(role)]
    facts += _key_facts(snapshot)
    return facts, snapshot.quarantined


def _read(files: Files, item: Object, taken: str, limits: Limits) -> Iterator[tuple[Element | Quarantined, str]]:
    """What a file holds, each with the time of its snapshot."""
    try:
        with files.open(item) as stream:
            at = taken or _modified(stream)
            if not at:
                yield Quarantined(item.name, "", "its time of modification is no snapshot's: say when it was taken"), ""
                return
            empty = True
            for text in texts(stream, stream.read(PIECE_BYTES), limits):
                empty = False
                for found in elements(text, item.name, LISTS, limits):
                    yield found, at
        if empty:
            yield Quarantined(item.name, "", "an archive with nothing in it"), at
    except UnreadableSource as error:
        yield Quarantined(item.name, "", str(error)), ""
    except OSError as error:
        yield Quarantined(item.name, "", f"cannot be read: {(error.strerror or str(error)).lower()}"), ""


def _modified(stream: BinaryIO) -> str:
    """When the file was last modified; '' where that is some tool's zero."""
    try:
        return instant(os.fstat(stream.fileno()).st_mtime)
    except ValueError:
        return ""


def _take(found: Element | Quarantined, at: str, snapshot: Snapshot) -> None:
    if isinstance(found, Quarantined):
        snapshot.quarantined.append(found)
        return
    try:
        entity = _entity(found, at)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        snapshot.quarantined.append(_refused(found, str(error)))
        return
    if found.list == "AccessKeyMetadata":
        snapshot.keys.append((entity, found))
    else:
        (snapshot.users if found.list == "UserDetailList" else snapshot.roles).append(entity)


def _entity(found: Element, at: str) -> Entity:
    """The element, checked; raises msgspec.DecodeError for wrong types and ValueError for what cannot be used."""
    said = msgspec.json.decode(found.value, type=Detail)
    name, identity = {
        "UserDetailList": (said.UserName, said.UserId),
        "RoleDetailList": (said.RoleName, said.RoleId),
        "AccessKeyMetadata": (said.UserName, said.AccessKeyId),
    }[found.list]
    if not name or not identity:
        raise ValueError("without the name or the id that tells whose it is")
    arn = "" if found.list == "AccessKeyMetadata" else said.Arn or ""
    if found.list != "AccessKeyMetadata" and not account_in(arn):
        raise ValueError("without an ARN that names its account")
    born = instant(said.CreateDate) if said.CreateDate is not None else ""
    if born > at:
        raise ValueError(f"made at {born}, after the snapshot of {at}: say when the snapshot was taken")
    return Entity(at, identity, name, arn, born, None if said.Tags is None else _tags(said.Tags))


def _tags(listed: list[Tag]) -> Tags:
    pairs = [(tag.Key, tag.Value or "") for tag in listed if tag.Key]
    if len(pairs) < len(listed):  # to leave one out would say that it is not there
        raise ValueError("a tag without its key")
    return tuple(sorted(pairs))


def _refused(found: Element, reason: str) -> Quarantined:
    return Quarantined(found.source, found.position, reason, sample(bytes(memoryview(found.value)[:4096])))


def _user_facts(user: Entity) -> Iterator[Fact]:
    bearer = User(user.id, user.account, user.name, user.arn)
    yield Named(at=user.at, event=user.event, user=bearer, created=user.born)
    yield from _tag_facts(user, bearer.ref)


def _role_facts(role: Entity) -> Iterator[Fact]:
    """A role's id and ARN stay from its making on: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html."""
    bearer = Role(role.account, role.name, role.arn, role.id)
    for moment in sorted({role.born or role.at, role.at}):
        yield Rolenamed(at=moment, event=role.event, role=bearer)
    yield from _tag_facts(role, bearer.ref)


def _tag_facts(entity: Entity, ref: Ref) -> Iterator[Fact]:
    if entity.tags is None:
        return
    yield Listed(at=entity.at, event=entity.event, target=ref, account=entity.account)
    if entity.tags:
        yield Tagged(at=entity.at, event=entity.event, target=ref, tags=entity.tags)


def _key_facts(snapshot: Snapshot) -> Iterator[Fact]:
    owners = Owners(snapshot.users, snapshot.roles)
    for key, found in snapshot.keys:
        owner = owners.owner(key)
        if owner is None:
            reason = "of which account it is cannot be told: give that account's authorization details alone beside it"
            snapshot.quarantined.append(_refused(found, reason))
        else:
            name = key.name if owner.label == "Name" else ""
            yield Owned(at=key.at, event=key.event, key=key.id, owner=owner, created=key.born, name=name)


class Owners:
    """Whose a key is: a list of keys names users, but neither their ids nor the account."""

    def __init__(self, users: Iterable[Entity], roles: Iterable[Entity]) -> None:
        """Know the users by name, and each account by what the ids in it say of their account.

        Ids of masked data say another account than its ARNs, but all the same one: they are compared with each other.
        """
        self._bearers: dict[str, dict[str, str]] = defaultdict(dict)
        self._accounts: dict[str, set[str]] = {}
        for user in users:
            self._bearers[name_id(user.account, user.name)][user.id] = user.born
            self._accounts.setdefault(user.account, {user.account}).add(account_in_id(user.id))
        for role in roles:
            self._accounts.setdefault(role.account, {role.account}).add(account_in_id(role.id))

    def owner(self, key: Entity) -> Ref | None:
        """The user's id where one bearer of the name is known, else the name; None where the account is not known."""
        account = self._account(key)
        if not account:
            return None
        name = name_id(account, key.name)
        # Nobody owns a key that is older than oneself: that was an earlier bearer of the name.
        ids = [one for one, born in self._bearers.get(name, {}).items() if not (born and key.born and born > key.born)]
        return Ref("User", ids[0]) if len(ids) == 1 else Ref("Name", name)

    def _account(self, key: Entity) -> str:
        """The account whose ids say the same as the key's; where the key says nothing, the one that has the name."""
        said = account_in_id(key.id)
        alike = [account for account, heads in self._accounts.items() if said and said in heads]
        if len(alike) == 1 or (said and not alike):
            return alike[0] if alike else said
        of_that_name = [account for account in alike or self._accounts if name_id(account, key.name) in self._bearers]
        candidates = of_that_name or alike or list(self._accounts)
        return candidates[0] if len(candidates) == 1 else said
