"""Long-lived credentials of users: access keys, service-specific ones, SSH keys, signing certificates, MFA devices."""

from collections.abc import Iterable

import msgspec

from ingest.deeds import changed, created, touched
from ingest.event import Registry
from ingest.facts import Fact, Owned
from ingest.identity import Ref
from ingest.names import account, last, user_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"


class Asked(Shape):
    """`requestParameters`: whose credential, which one, its new status; null where a user makes its own first key."""

    user_name: str | None = None
    status: str | None = None
    access_key_id: str | None = None
    service_specific_credential_id: str | None = None
    certificate_id: str | None = None
    ssh_public_key_id: str | None = msgspec.field(default=None, name="sSHPublicKeyId")

    @property
    def id(self) -> str:
        """The id of the credential, of whichever kind."""
        return (
            self.access_key_id
            or self.service_specific_credential_id
            or self.certificate_id
            or self.ssh_public_key_id
            or ""
        )


class Answer(Shape):
    """`responseElements`: the new credential, under a name of its kind; root's access key has no `userName`."""

    access_key: Asked | None = None
    service_specific_credential: Asked | None = None
    certificate: Asked | None = None
    ssh_public_key: Asked | None = msgspec.field(default=None, name="sSHPublicKey")

    @property
    def made(self) -> Asked:
        """The new credential, of whichever kind."""
        return self.access_key or self.service_specific_credential or self.certificate or self.ssh_public_key or Asked()


def owner(call: Call) -> Ref:
    """Whose credential: the user that the request names, else the caller's own id, else the name in the answer."""
    asked = call.request(Asked).user_name
    if asked or call.actor.user:
        return user_named(call, asked)
    return user_named(call, call.response(Answer).made.user_name)


def _aim(call: Call) -> Ref:
    key = call.request(Asked).id
    return Ref("AccessKey", key) if key else owner(call)


@events.handles(
    "iam",
    "CreateAccessKey",
    gives="a long-lived key made: whose it is and by whom",
    page=_API + "CreateAccessKey.html",
    refused=_aim,
)
@events.handles(
    "iam",
    "CreateServiceSpecificCredential",
    gives="a service-specific credential (CodeCommit, Keyspaces, Bedrock) made: whose it is and by whom",
    page=_API + "CreateServiceSpecificCredential.html",
    refused=_aim,
)
@events.handles(
    "iam",
    "UploadSigningCertificate",
    "UploadSSHPublicKey",
    gives="a signing certificate or SSH key given to a user: whose it is and by whom",
    page=_API + "UploadSSHPublicKey.html",
    refused=_aim,
)
def create_credential(call: Call) -> Iterable[Fact]:
    """The credential, its owner and its maker; without an answer, a mark on the owner."""
    key, bearer = call.response(Answer).made.id, owner(call)
    if not key:
        yield changed(call, bearer)
        return
    yield from _owned(call, key, bearer)
    yield created(call, Ref("AccessKey", key))


@events.handles(
    "iam",
    "UpdateAccessKey",
    "DeleteAccessKey",
    gives="a long-lived key switched on or off, or deleted",
    page=_API + "UpdateAccessKey.html",
    refused=_aim,
)
@events.handles(
    "iam",
    "UpdateServiceSpecificCredential",
    "ResetServiceSpecificCredential",
    "DeleteServiceSpecificCredential",
    "UpdateSigningCertificate",
    "DeleteSigningCertificate",
    "UpdateSSHPublicKey",
    "DeleteSSHPublicKey",
    gives="another long-lived credential switched on or off, reset or deleted",
    page=_API + "UpdateServiceSpecificCredential.html",
    refused=_aim,
)
def change_credential(call: Call) -> Iterable[Fact]:
    """A mark on the credential with its new status, and whose it was; the key's id joins, never the user's name."""
    asked = call.request(Asked)
    if asked.id:
        yield from _owned(call, asked.id, owner(call))
    yield changed(call, _aim(call), asked.status or "")


def _owned(call: Call, key: str, bearer: Ref) -> Iterable[Fact]:
    if bearer.label in {"User", "Name"}:
        name = call.response(Answer).made.user_name or call.request(Asked).user_name or ""
        yield Owned(at=call.at, event=call.event, key=key, owner=bearer, name=name if bearer.label == "Name" else "")


class Device(Shape):
    """`requestParameters` of calls about MFA devices."""

    user_name: str | None = None
    serial_number: str | None = None
    virtual_mfa_device_name: str | None = msgspec.field(default=None, name="virtualMFADeviceName")


@events.handles(
    "iam",
    "EnableMFADevice",
    "DeactivateMFADevice",
    "ResyncMFADevice",
    gives="a second factor of a user put in, taken away or set anew",
    page=_API + "EnableMFADevice.html",
    denied=True,
)
def mfa_device(call: Call) -> Iterable[Fact]:
    """A mark on the user with the device's name."""
    asked = call.request(Device)
    yield touched(call, user_named(call, asked.user_name), last(asked.serial_number))


@events.handles(
    "iam",
    "CreateVirtualMFADevice",
    "DeleteVirtualMFADevice",
    gives="a virtual second factor made or deleted, not yet or no longer a user's: a mark on the account",
    page=_API + "CreateVirtualMFADevice.html",
    denied=True,
)
def virtual_mfa_device(call: Call) -> Iterable[Fact]:
    """A mark on the account with the device's name."""
    asked = call.request(Device)
    yield touched(call, account(call), asked.virtual_mfa_device_name or last(asked.serial_number))
