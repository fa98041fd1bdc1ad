"""IAM users and what belongs to them: keys, passwords, tags, policies; made, changed and taken away.

Every verb takes one second before and one after it, so that no change shares its second with a call that it affects.
https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html
"""

from typing import Any

from synth import moments
from synth.credential import Credential, Session
from synth.ledger import GLOBAL_REGION, Ledger
from synth.principal import User
from synth.tags import Tags, listed, merge, without
from synth.trail import Record


class IamUsers(Ledger):
    """The verbs of IAM about users. `by` is the credential that asks."""

    def iam(self, by: Credential, event: str, request: dict[str, Any] | None, response: Any = None) -> Record:  # noqa: ANN401 -- JSON
        """Write one IAM call, in a second of its own."""
        self.trail.tick()
        parts = {"request": request, "response": response, "region": GLOBAL_REGION}
        record = self.call(by, f"iam:{event}", account=self.number, **parts)
        self.trail.tick()
        return record

    def stamp(self) -> str:
        """Give the time of the call that is about to be written, as IAM's `createDate` spells it."""
        return moments.spoken(self.trail.now + 1, "plain")

    def existing_user(self, name: str, *, path: str = "/", tags: Tags | None = None) -> User:
        """Give a user that is older than the trail: no record tells of its birth."""
        user = User(id=self.mint("AIDA"), name=name, account=self.number, path=path, tags=dict(tags or {}), known=False)
        self.users[name] = user
        return user

    def existing_key(self, user: User) -> Credential:
        """Give a long-lived key of a user that is older than the trail."""
        session = Session(kind="long-lived", account=self.number, bearer=user, start=None)
        return self.open(session, issued=False, link="observed")

    def root_key(self) -> Credential:
        """Give a long-lived key of the account's root that is older than the trail."""
        session = Session(kind="long-lived", account=self.number, start=None)
        return self.open(session, issued=False, link="observed")

    def create_user(self, name: str, *, by: Credential, path: str = "/", tags: Tags | None = None) -> User:
        """Give a new user; one that bore the name before had another id."""
        user = User(id=self.mint("AIDA"), name=name, account=self.number, path=path, tags=dict(tags or {}))
        request: dict[str, Any] = {"path": path, "userName": name}
        shown: dict[str, Any] = {"path": path, "userName": name, "userId": user.id, "arn": user.arn}
        shown["createDate"] = self.stamp()
        if tags:
            request["tags"] = shown["tags"] = listed(tags)
        self.iam(by, "CreateUser", request, {"user": shown})
        self.users[name] = user
        return user

    def delete_user(self, user: User, *, by: Credential) -> None:
        """Delete a user; its keys are dead from now on."""
        self.iam(by, "DeleteUser", {"userName": user.name})
        user.alive = False
        self.users.pop(user.name, None)

    def rename_user(self, user: User, name: str, *, by: Credential, path: str = "") -> None:
        """Give a user another name: its id stays, its ARN changes, and the record shows the old and new name only."""
        request = {"userName": user.name, "newUserName": name}
        if path:
            request["newPath"] = path
        self.iam(by, "UpdateUser", request)
        self.users.pop(user.name, None)
        user.name, user.path = name, path or user.path
        self.users[name] = user

    def tag_user(self, user: User, tags: Tags, *, by: Credential) -> None:
        """Set tags of a user; a key that is there in another case is replaced, and the new spelling stays."""
        self.iam(by, "TagUser", {"userName": user.name, "tags": listed(tags)})
        user.tags = merge(user.tags, tags)

    def untag_user(self, user: User, keys: list[str], *, by: Credential) -> None:
        """Take tags from a user."""
        self.iam(by, "UntagUser", {"userName": user.name, "tagKeys": keys})
        user.tags = without(user.tags, keys)

    def create_access_key(self, user: User | None, *, by: Credential) -> Credential:
        """Give a new long-lived key of a user (None: of root). Asked for by the user itself, the request is null."""
        self.check(by, ahead=1)
        itself = by.session.bearer is user
        session = Session(
            kind="long-lived", account=self.number, bearer=user, start=self.trail.now + 1, minted_by=by.key
        )
        made = self.open(session)
        shown: dict[str, Any] = {"accessKeyId": made.key, "status": "Active", "createDate": self.stamp()}
        if user is not None:
            shown["userName"] = user.name
        request = None if itself or user is None else {"userName": user.name}
        record = self.iam(by, "CreateAccessKey", request, {"accessKey": shown})
        session.records = (record["eventID"],)
        return made

    def update_access_key(self, key: Credential, *, by: Credential, active: bool) -> None:
        """Switch a long-lived key on or off."""
        request = {"accessKeyId": key.key, "status": "Active" if active else "Inactive", **self._owner(key)}
        self.iam(by, "UpdateAccessKey", request)
        key.active = active

    def delete_access_key(self, key: Credential, *, by: Credential) -> None:
        """Delete a long-lived key."""
        self.iam(by, "DeleteAccessKey", {**self._owner(key), "accessKeyId": key.key})
        key.active = False

    def _owner(self, key: Credential) -> dict[str, str]:
        return {"userName": key.session.bearer.name} if key.session.bearer else {}

    def create_login_profile(self, user: User, *, by: Credential) -> None:
        """Give a user a password."""
        request = {"userName": user.name, "passwordResetRequired": False}
        self.iam(by, "CreateLoginProfile", request, {"loginProfile": {**request, "createDate": self.stamp()}})

    def update_login_profile(self, user: User, *, by: Credential) -> None:
        """Set a user's password anew."""
        self.iam(by, "UpdateLoginProfile", {"userName": user.name, "passwordResetRequired": False})

    def delete_login_profile(self, user: User, *, by: Credential) -> None:
        """Take a user's password away."""
        self.iam(by, "DeleteLoginProfile", {"userName": user.name})

    def attach_user_policy(self, user: User, policy: str, *, by: Credential) -> None:
        """Attach a policy of AWS's, by its name, to a user."""
        self.iam(by, "AttachUserPolicy", {"userName": user.name, "policyArn": f"arn:aws:iam::aws:policy/{policy}"})
