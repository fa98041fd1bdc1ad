"""The graph, declared once: nodes, edges, and what each property says. Tables, constraints and docs are made from it.

Stored values are only unions, first times and last times. A property merges by `min` or `max`, and an edge or node that
is there stays there; so the same facts in any order, in any batches, with repeats, give the same graph. What wins, what
a name or tag was at a time, what is ambiguous: all that is decided when asked (`queries/`).

Times are RFC 3339 UTC to the second, as text, so that text order is time order.
"""

from typing import Literal

import msgspec

SCHEMA_VERSION = 2
"""Stands in every store; a store of another version is migrated or refused."""

Merge = Literal["min", "max"]
Kind = Literal["text", "time", "flag", "bytes"]


class Property(msgspec.Struct, frozen=True):
    """One property: its name, what it says, how two values become one, and of what kind it is."""

    name: str
    says: str
    merge: Merge = "min"
    kind: Kind = "text"


class Node(msgspec.Struct, frozen=True):
    """A label: what its identity is made of, and its properties; without any it is `bare` and lives by its edges."""

    label: str
    says: str
    identity: str
    properties: tuple[Property, ...] = ()

    @property
    def bare(self) -> bool:
        """Whether the identity is all there is."""
        return not self.properties

    @property
    def table(self) -> str:
        """Its table's name in SQL."""
        return _snake(self.label)


class Edge(msgspec.Struct, frozen=True):
    """A type of edge between labels. `identity` are properties that tell two edges between the same nodes apart.

    `table` names its table in SQL. A `single` edge is one of which each start has at most one: SQL keeps it in a column
    of the start's row, which is named in `table`. A `derived` edge follows from other edges' `event` property.
    """

    type: str
    says: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    identity: tuple[Property, ...] = ()
    properties: tuple[Property, ...] = ()
    table: str = ""
    single: bool = False
    derived: bool = False
    sought_by_end: bool = False


FIRST = Property("first", "when this was first so, as far as seen", "min", "time")
LAST = Property("last", "when this was last so, as far as seen", "max", "time")
AT = Property("at", "when it happened", "min", "time")
EVENT = Property("event", "eventID of the record that says so")
WHAT = Property("what", "name of the event")

NODES = (
    Node(
        "User",
        "an IAM user or an account's root",
        "AIDA… or <account>:root",
        (
            Property("kind", "iam or root"),
            Property("account", "its account"),
            Property("arn", "ARN of a root; those of IAM users change and stand on NAMED"),
            Property("created", "when it was made, as a baseline says", "min", "time"),
        ),
    ),
    Node("Name", "a user name in an account, whoever bears it", "<account>/<name in lower case>"),
    Node("Role", "a role name in an account; roles cannot be renamed", "<account>/<name in lower case>"),
    Node("RoleId", "one life of a role: a role made again under its name has another id", "AROA…"),
    Node(
        "Session",
        "where the keys of one sign-in or one AssumeRole meet",
        "<start>/<session ARN>, <start>/<principal id>, or <start>/<principal id>/<service> for forwarded calls",
        (
            Property("kind", "role, console, token, federated, root, forwarded, or user where nothing more is known"),
            Property("arn", "ARN that the session acts as"),
            Property("principal", "principal id: AROA…:name, AIDA…, <account>:name, account for root"),
            Property("account", "its account"),
            Property("name", "session name, user name, or service of forwarded calls"),
            Property("start", "creationDate, empty where unknown", "min", "time"),
            Property("source_identity", "source identity that calls of the session carry"),
            Property("sign_in", "signInSessionArn that calls of the session carry"),
            Property("mfa", "true or false as mfaAuthenticated says"),
            FIRST,
            LAST,
        ),
    ),
    Node(
        "AccessKey",
        "an access key or another credential of a user (service-specific, SSH key, signing certificate)",
        "its id",
        (
            Property("lasting", "1 where it is a long-lived credential", "max", "flag"),
            Property("issued", "when it was issued or created", "min", "time"),
            Property("expires", "when it expires, as its issuance says", "max", "time"),
            Property("source_identity", "source identity that its issuance set or inherited"),
            FIRST,
            LAST,
        ),
    ),
    Node(
        "Identity",
        "a person or workload outside IAM: SAML or OIDC subject, Identity Center user, certificate",
        "<provider>|<subject>",
        (
            Property("kind", "saml, oidc, identity-center, cognito or certificate"),
            Property("name", "its name as a record shows it"),
        ),
    ),
    Node("Account", "an AWS account", "12 digits"),
    Node("Provider", "a SAML or OIDC provider", "ARN, or issuer of a built-in one"),
    Node("Service", "an AWS service", "ec2.amazonaws.com …"),
    Node("Stack", "a CloudFormation stack or stack set, by name", "ARN without the unique last part"),
    Node(
        "Workload",
        "an instance, function, task or the like that holds a role's credentials",
        "ARN or id",
        (Property("kind", "AWS::EC2::Instance …"),),
    ),
    Node(
        "Place",
        "an address, agent and Region that calls came from; there as long as a credential is SEEN_FROM it",
        "hash of the three",
        (Property("address", "sourceIPAddress"), Property("agent", "userAgent"), Property("region", "awsRegion")),
    ),
    Node("Tag", "a tag", "key and value"),
    Node(
        "Event",
        "the record behind a fact",
        "eventID",
        (
            Property("name", "eventName"),
            Property("source", "eventSource"),
            Property("at", "eventTime", "min", "time"),
            Property("region", "awsRegion"),
            Property("account", "recipientAccountId"),
            Property("record", "the raw record, session tokens cut, compressed (zlib)", "min", "bytes"),
        ),
    ),
)

CREDENTIALS = ("AccessKey", "Session", "User", "Identity", "Service", "Workload", "Account")
"""Labels of whatever can issue a credential or make a call."""

THINGS = ("AccessKey", "Session", "User", "Name", "Role", "Provider", "Stack", "Workload", "Account", "Identity")
"""Labels of whatever can be made, changed or touched."""

EDGES = (
    Edge(
        "BELONGS_TO",
        "whose key it is",
        ("AccessKey",),
        ("User", "Name", "Session"),
        properties=(FIRST, LAST, Property("name", "how a user's name is written, where only that is known")),
        table="belongs_to",
        sought_by_end=True,
    ),
    Edge(
        "ASSUMED",
        "the role that the session is of",
        ("Session",),
        ("Role",),
        properties=(Property("role_arn", "the role's ARN with its path, as borne then"),),
        table="session",
        single=True,
    ),
    Edge("ACTS_AS", "the user that the session is of", ("Session",), ("User",), table="session", single=True),
    Edge(
        "ISSUED_BY",
        "by which credential it was issued, the exact key where known",
        ("AccessKey", "Session"),
        CREDENTIALS,
        identity=(EVENT,),
        properties=(
            AT,
            Property("how", "exact, session, principal or inferred"),
            Property("principal", "the caller's principal id or ARN where its key is not known"),
            Property("session", "the session that it was issued for"),
        ),
        table="issued_by",
        sought_by_end=True,
    ),
    Edge(
        "CREATED_BY",
        "who made it",
        THINGS,
        CREDENTIALS,
        identity=(EVENT,),
        properties=(AT, WHAT),
        table="created_by",
        sought_by_end=True,
    ),
    Edge(
        "CHANGED_BY",
        "who changed, ended or touched it",
        THINGS,
        CREDENTIALS,
        identity=(EVENT,),
        properties=(AT, WHAT, Property("detail", "a word more: new name, status, policy")),
        table="changed_by",
        sought_by_end=True,
    ),
    Edge(
        "ATTEMPTED",
        "what was tried and refused",
        CREDENTIALS,
        THINGS,
        identity=(EVENT,),
        properties=(AT, WHAT, Property("error", "errorCode or errorMessage")),
        table="attempted",
        sought_by_end=True,
    ),
    Edge(
        "TAGGED",
        "tags of the session that the key was issued for",
        ("AccessKey", "Session"),
        ("Tag",),
        identity=(EVENT,),
        properties=(
            AT,
            Property("transitive", "1 where the tag goes on down the chain", "max", "flag"),
            Property("inherited", "1 where it came down the chain, 0 where it was passed in the call", "min", "flag"),
        ),
        table="session_tag",
    ),
    Edge(
        "TAGGED",
        "tags set on a principal or provider, as it happened",
        ("User", "Name", "Role", "Provider"),
        ("Tag",),
        identity=(EVENT,),
        properties=(AT,),
        table="tagged",
    ),
    Edge(
        "UNTAGGED",
        "tag keys taken away, as it happened (the tag's value is empty)",
        ("User", "Name", "Role", "Provider"),
        ("Tag",),
        identity=(EVENT,),
        properties=(AT,),
        table="untagged",
    ),
    Edge(
        "LISTED",
        "a baseline lists all its tags",
        ("User", "Role"),
        ("Account",),
        identity=(EVENT,),
        properties=(AT,),
        table="listed",
    ),
    Edge(
        "NAMED",
        "the name that an id bore, with its ARN",
        ("User", "RoleId"),
        ("Name", "Role"),
        identity=(Property("arn", "ARN with path, may be empty"),),
        properties=(Property("name", "the name as it is written"), FIRST, LAST),
        table="named",
        sought_by_end=True,
    ),
    Edge(
        "RENAMED",
        "from then on whoever bore the one name bears the other",
        ("Name",),
        ("Name",),
        identity=(EVENT,),
        properties=(AT, Property("name", "the new name as it is written")),
        table="renamed",
        sought_by_end=True,
    ),
    Edge(
        "RUNS_AS",
        "may act as the role from then on",
        ("Stack", "Workload"),
        ("Role",),
        identity=(EVENT,),
        properties=(AT,),
        table="runs_as",
        sought_by_end=True,
    ),
    Edge(
        "ON_BEHALF_OF",
        "the person for whom the session's calls were made",
        ("Session",),
        ("Identity",),
        properties=(FIRST, LAST),
        table="on_behalf_of",
        sought_by_end=True,
    ),
    Edge(
        "RUNS_IN",
        "the workload that the session's credentials were issued to",
        ("Session",),
        ("Workload",),
        properties=(FIRST, LAST),
        table="runs_in",
        sought_by_end=True,
    ),
    Edge("VIA", "the provider of the identity", ("Identity",), ("Provider",), table="identity", single=True),
    Edge(
        "REQUESTED",
        "credentials asked of Identity Center",
        ("Identity",),
        ("Account",),
        identity=(EVENT,),
        properties=(AT, Property("permission_set", "name of the permission set")),
        table="requested",
    ),
    Edge(
        "AMENDS",
        "the event whose facts are to be passed over",
        ("Event",),
        ("Event",),
        table="amends",
        sought_by_end=True,
    ),
    Edge("ABOUT", "what an event shows", ("Event",), THINGS, derived=True),
)

PLACES_KEPT = 16
"""How many places are kept for a credential: those smallest by hash, so order is nothing."""

PLACE = Edge(
    "SEEN_FROM",
    "from where it was used; a bounded set",
    ("AccessKey", "Session"),
    ("Place",),
    properties=(FIRST, LAST),
    table="seen_from",
    sought_by_end=True,
)

COVERED = Edge(
    "COVERED",
    "records of this account and Region were read for this day",
    ("Account",),
    ("Region",),
    identity=(Property("day", "YYYY-MM-DD, UTC"),),
    properties=(FIRST, LAST),
    table="covered",
)


def node(label: str) -> Node:
    """The declaration of a label. Raises KeyError."""
    return _BY_LABEL[label]


def _snake(label: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in label).strip("_")


_BY_LABEL = {declared.label: declared for declared in NODES}
