"""The columns of a lake: CloudTrail's under the names and types that Athena gives them, and those of lineage.

https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
"""

from typing import Any

import pyarrow as pa

VERSION = 1
"""Of the layout and columns; a lake says with which it was written."""

TEXT, FLAG, JSON, MAP = "text", "flag", "json", "map"
"""What a field holds: text; true or false, here as text; any JSON, here its text; an object of texts."""

Shape = str | dict[str, Any] | list[Any]
"""One of these, an object's fields by name, or a list of one shape."""

RECORD: dict[str, Shape] = {
    "eventVersion": TEXT,
    "userIdentity": {
        "type": TEXT,
        "principalId": TEXT,
        "arn": TEXT,
        "accountId": TEXT,
        "invokedBy": TEXT,
        "accessKeyId": TEXT,
        "userName": TEXT,
        "onBehalfOf": {"userId": TEXT, "identityStoreArn": TEXT},
        "sessionContext": {
            "attributes": {"mfaAuthenticated": TEXT, "creationDate": TEXT},
            "sessionIssuer": {"type": TEXT, "principalId": TEXT, "arn": TEXT, "accountId": TEXT, "userName": TEXT},
            "ec2RoleDelivery": TEXT,
            "webIdFederationData": {"federatedProvider": TEXT, "attributes": MAP},
            "sourceIdentity": TEXT,
            "assumedRoot": TEXT,
            "signInSessionArn": TEXT,
        },
        "identityProvider": TEXT,
        "credentialId": TEXT,
        "inScopeOf": {"sourceArn": TEXT, "sourceAccount": TEXT, "issuerType": TEXT, "credentialsIssuedTo": TEXT},
        "invokedByDelegate": {"accountId": TEXT},
    },
    "eventTime": TEXT,
    "eventSource": TEXT,
    "eventName": TEXT,
    "awsRegion": TEXT,
    "sourceIPAddress": TEXT,
    "userAgent": TEXT,
    "errorCode": TEXT,
    "errorMessage": TEXT,
    "requestParameters": JSON,
    "responseElements": JSON,
    "additionalEventData": JSON,
    "requestID": TEXT,
    "eventID": TEXT,
    "readOnly": FLAG,
    "resources": [{"ARN": TEXT, "accountId": TEXT, "type": TEXT}],
    "eventType": TEXT,
    "apiVersion": TEXT,
    "managementEvent": FLAG,
    "recipientAccountId": TEXT,
    "serviceEventDetails": JSON,
    "sharedEventID": TEXT,
    "vpcEndpointId": TEXT,
    "vpcEndpointAccountId": TEXT,
    "eventCategory": TEXT,
    "addendum": {"reason": TEXT, "updatedFields": TEXT, "originalRequestID": TEXT, "originalEventID": TEXT},
    "sessionCredentialFromConsole": TEXT,
    "edgeDeviceDetails": JSON,
    "tlsDetails": {"tlsVersion": TEXT, "cipherSuite": TEXT, "clientProvidedHostHeader": TEXT},
    "eventContext": JSON,
}
"""CloudTrail's record, versions 1.0 to 1.11; a column has the field's name in lower case.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

OTHER = "otherfields"
"""JSON of what the other columns do not give back: fields that they have no room for, nulls, values of other types."""

_TEXT = pa.string()
_TEXTS = pa.list_(_TEXT)
_TAGS = pa.map_(_TEXT, _TEXT)


def arrow_type(shape: Shape) -> pa.DataType:
    """The type of a column that holds values of this shape."""
    if isinstance(shape, dict):
        return pa.struct([(name.lower(), arrow_type(inner)) for name, inner in shape.items()])
    if isinstance(shape, list):
        return pa.list_(arrow_type(shape[0]))
    return _TAGS if shape == MAP else _TEXT


CLOUDTRAIL = pa.schema([*((name.lower(), arrow_type(shape)) for name, shape in RECORD.items()), (OTHER, _TEXT)])

LINEAGE = pa.schema(
    [
        ("lineage_principal", _TEXT),
        ("lineage_chain", _TEXTS),
        ("lineage_origin_kind", _TEXT),
        ("lineage_origin_id", _TEXT),
        ("lineage_origin_name", _TEXT),
        ("lineage_origin_account", _TEXT),
        ("lineage_session_id", _TEXT),
        ("lineage_tags", _TAGS),
        ("lineage_principal_tags", _TAGS),
        ("lineage_transitive_tags", _TEXTS),
        ("lineage_source_identity", _TEXT),
        ("lineage_evidence", _TEXT),
        ("lineage_complete", pa.bool_()),
        ("lineage_stop", _TEXT),
        ("lineage_warnings", _TEXTS),
    ]
)

EVENTS = pa.schema([*CLOUDTRAIL, *LINEAGE])
"""What a file of the lake holds; `account`, `region` and `date` are in its path."""

PARTITIONS = ("account", "region", "date")

SAME = (*PARTITIONS, "eventtime", "eventsource", "eventname", "eventid", "recipientaccountid", "addendum")
"""What copies of one record agree on; questions about these are answered before repeats are removed."""

CREDENTIALS = pa.schema(
    [
        ("access_key_id", _TEXT),
        ("session_id", _TEXT),
        ("kind", _TEXT),
        ("account", _TEXT),
        ("started", _TEXT),
        ("expires", _TEXT),
        ("first_seen", _TEXT),
        ("last_seen", _TEXT),
        *LINEAGE,
    ]
)
"""The lineage table: a row for each session and key."""


def leaf_paths(schema: pa.Schema, *names: str) -> list[str]:
    """Paths of the Parquet columns that these fields (all, if none is named) are stored in, as `a.b.list.element`."""
    return [path for field in schema if not names or field.name in names for path in _leaves(field.name, field.type)]


def _leaves(path: str, kind: Any) -> list[str]:  # noqa: ANN401 (pyarrow is untyped)
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(f"{path}.{field.name}", field.type)]
    if pa.types.is_map(kind):
        return [f"{path}.key_value.key", f"{path}.key_value.value"]
    if pa.types.is_list(kind):
        return _leaves(f"{path}.list.element", kind.value_type)
    return [path]
