"""EC2: roles handed to instances by instance profiles, and hands laid on instances.

An instance profile is not a role: which role it holds is IAM's to say (AddRoleToInstanceProfile).
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from collections.abc import Iterable

import msgspec

from ingest.deeds import changed, created, touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.names import account, arn, last
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_"


class InstanceProfile(Shape):
    """`iamInstanceProfile`: one of the two is given."""

    arn: str | None = None
    name: str | None = None

    @property
    def called(self) -> str:
        """What a person calls the profile."""
        return self.name or last(self.arn)


class Item(Shape):
    """One of `instancesSet.items`."""

    instance_id: str | None = None
    iam_instance_profile: InstanceProfile | None = None


class Items(Shape):
    """`instancesSet`."""

    items: list[Item] | None = None


class RunShown(Shape):
    """`requestParameters` and `responseElements` of RunInstances."""

    iam_instance_profile: InstanceProfile | None = None
    instances_set: Items | None = None


def instance(call: Call, instance_id: str | None) -> Ref:
    """The instance's node, by its ARN as `inScopeOf` gives it; without an id the account."""
    return Ref("Workload", arn(call, "ec2", f"instance/{instance_id}")) if instance_id else account(call)


@events.handles(
    "ec2",
    "RunInstances",
    gives="instances made, by whom, and with which instance profile",
    page=_API + "RunInstances.html",
    refused=account,
)
def run_instances(call: Call) -> Iterable[Fact]:
    """Each instance, with a mark that names the profile where it was given one.

    Of many instances the answer is too long to be logged: then a mark on the account.
    """
    asked, answer = call.request(RunShown), call.response(RunShown)
    items = (answer.instances_set.items if answer.instances_set else None) or []
    if not items:
        yield changed(call, account(call), asked.iam_instance_profile.called if asked.iam_instance_profile else "")
    for item in items:
        made = instance(call, item.instance_id)
        profile = item.iam_instance_profile or asked.iam_instance_profile
        if made.label == "Workload":
            yield created(call, made)
        if profile and profile.called:
            yield changed(call, made, profile.called)


class PlainAssociation(Shape):
    """A profile's association, spelled as most requests are."""

    instance_id: str | None = None
    association_id: str | None = None
    iam_instance_profile: InstanceProfile | None = None


class PascalProfile(msgspec.Struct, rename="pascal", gc=False):
    """`IamInstanceProfile` of a wrapped request."""

    arn: str | None = None
    name: str | None = None


class PascalAssociation(msgspec.Struct, rename="pascal", gc=False):
    """A profile's association as EC2's newer requests spell it."""

    instance_id: str | None = None
    association_id: str | None = None
    iam_instance_profile: PascalProfile | None = None


class AssociationAsked(PlainAssociation):
    """`requestParameters`: plain, or wrapped in the request's own name; both are read [plain form unverified]."""

    wrapped_associate: PascalAssociation | None = msgspec.field(default=None, name="AssociateIamInstanceProfileRequest")
    wrapped_replace: PascalAssociation | None = msgspec.field(
        default=None, name="ReplaceIamInstanceProfileAssociationRequest"
    )
    wrapped_disassociate: PascalAssociation | None = msgspec.field(
        default=None, name="DisassociateIamInstanceProfileRequest"
    )

    @property
    def wrapped(self) -> PascalAssociation:
        """What is in the wrapping, empty where there is none."""
        return self.wrapped_associate or self.wrapped_replace or self.wrapped_disassociate or PascalAssociation()


class Associated(Shape):
    """What is in the wrapping of an answer."""

    iam_instance_profile_association: PlainAssociation | None = None


class AssociationAnswer(Associated):
    """`responseElements`: plain or wrapped likewise."""

    wrapped_associate: Associated | None = msgspec.field(default=None, name="AssociateIamInstanceProfileResponse")
    wrapped_replace: Associated | None = msgspec.field(
        default=None, name="ReplaceIamInstanceProfileAssociationResponse"
    )
    wrapped_disassociate: Associated | None = msgspec.field(default=None, name="DisassociateIamInstanceProfileResponse")

    @property
    def association(self) -> PlainAssociation:
        """The association, empty where there is none."""
        inner = self.wrapped_associate or self.wrapped_replace or self.wrapped_disassociate or self
        return inner.iam_instance_profile_association or PlainAssociation()


@events.handles(
    "ec2",
    "AssociateIamInstanceProfile",
    "ReplaceIamInstanceProfileAssociation",
    "DisassociateIamInstanceProfile",
    gives="an instance profile handed to an instance, changed or taken away",
    page=_API + "AssociateIamInstanceProfile.html",
    denied=True,
)
def instance_profile(call: Call) -> Iterable[Fact]:
    """A mark on the instance with the profile's name, or with the association's id where only that is shown."""
    asked, answer = call.request(AssociationAsked), call.response(AssociationAnswer).association
    inner = asked.wrapped
    profile = asked.iam_instance_profile or answer.iam_instance_profile
    name = last(inner.iam_instance_profile.name or inner.iam_instance_profile.arn) if inner.iam_instance_profile else ""
    name = name or (profile.called if profile else "")
    target = instance(call, asked.instance_id or inner.instance_id or answer.instance_id)
    yield touched(call, target, name or asked.association_id or inner.association_id or "")


class AttributeAsked(Shape):
    """The part of `requestParameters` of ModifyInstanceAttribute that is always there."""

    instance_id: str | None = None
    attribute: str | None = None


@events.handles(
    "ec2",
    "ModifyInstanceAttribute",
    gives="an attribute of an instance changed; new `userData` runs as root at the next start",
    page=_API + "ModifyInstanceAttribute.html",
    denied=True,
)
def modify_instance_attribute(call: Call) -> Iterable[Fact]:
    """A mark on the instance with the attribute's name; `userData` first, its value is not logged."""
    asked = call.request(AttributeAsked)
    fields = call.request(dict[str, msgspec.Raw]).keys() - {"instanceId", "attribute", "value"}
    attribute = "userData" if "userData" in fields else asked.attribute or min(fields, default="")
    yield touched(call, instance(call, asked.instance_id), attribute)


class KeyAsked(Shape):
    """`requestParameters` of EC2 Instance Connect."""

    instance_id: str | None = None
    instance_os_user: str | None = msgspec.field(default=None, name="instanceOSUser")


@events.handles(
    "ec2-instance-connect",
    "SendSSHPublicKey",
    "SendSerialConsoleSSHPublicKey",
    gives="a hand on an instance: its role's credentials may have been read",
    page="https://docs.aws.amazon.com/ec2-instance-connect/latest/APIReference/API_SendSSHPublicKey.html",
    denied=True,
)
def send_ssh_public_key(call: Call) -> Iterable[Fact]:
    """A mark on the instance with the user of its system."""
    asked = call.request(KeyAsked)
    yield touched(call, instance(call, asked.instance_id), asked.instance_os_user or "")
