import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth.ledger import Refused
from synth.organization import Organization
from synth.trail import Record

OPTIONAL = {
    "tags",
    "policy",
    "durationSeconds",
    "packedPolicySize",
    "vpcEndpointId",
    "maxSessionDuration",
    "description",
}
OPTIONAL |= {
    "MFAIdentifier",
    "incomingTransitiveTags",
    "serviceEventDetails",
    "ec2RoleDelivery",
    "encryptionContext",
    "resources",
    "CipherSuite",
}

Kind = tuple[str, str, bool, bool]


def kind(record: Record) -> Kind:
    """Give what decides a record's shape: event, type of identity, whether it failed, whether a service made it."""
    who = record["userIdentity"]
    return record["eventName"], who.get("type", ""), "errorCode" in record, "invokedBy" in who


def paths(value: Any, at: str = "") -> Iterator[str]:  # noqa: ANN401 -- JSON
    """Give the paths of all keys, except below what is optional."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in OPTIONAL:
                yield f"{at}.{key}"
                yield from paths(inner, f"{at}.{key}")


def made() -> list[Record]:
    """Give records of 2023's style, of the kinds that the real trail has too."""
    org = Organization(1, era=2023)
    account = org.account("lab")
    admin = account.existing_key(account.existing_user("bert"))
    user = account.create_user("malicious", by=admin)
    key = account.create_access_key(user, by=admin)
    account.create_login_profile(user, by=admin)
    account.attach_user_policy(user, "AdministratorAccess", by=admin)
    role, shut = account.create_role("Lab", by=admin), account.create_role("Shut", by=admin, trusts={"nobody"})
    account.use(account.assume_role(role, by=admin), "sts:GetCallerIdentity")
    with pytest.raises(Refused):
        account.assume_role(shut, by=admin)
    account.use(account.instance(role), "sts:GetCallerIdentity")
    account.forwarded(admin, "secretsmanager.amazonaws.com", "kms:Decrypt", request={"encryptionAlgorithm": "X"})
    account.console_login(user)
    account.update_trust(role, {account.number}, by=admin)
    account.delete_access_key(key, by=admin)
    account.delete_user(user, by=admin)
    account.delete_role(shut, by=admin)
    return org.records


def test_records_have_the_keys_of_real_ones(shared_data: Path) -> None:
    """Each kind of record that the real trail of 2023 has too is made with exactly the keys of a real one."""
    real: dict[Kind, set[frozenset[str]]] = {}
    for file in sorted((shared_data / "invictus/CloudTrail").glob("*.json")):
        for record in json.loads(file.read_text())["Records"]:
            real.setdefault(kind(record), set()).add(frozenset(paths(record)))
    ours = [record for record in made() if kind(record) in real]

    assert len({kind(record) for record in ours}) >= 12
    wrong = {
        kind(record): min((sorted(shape ^ set(paths(record))) for shape in real[kind(record)]), key=len)
        for record in ours
        if frozenset(paths(record)) not in real[kind(record)]
    }
    assert wrong == {}


def test_records_have_the_size_of_real_ones() -> None:
    """Records that issue credentials weigh about what real ones do: more than a kilobyte with their token."""
    sizes = [len(json.dumps(record)) for record in made() if (record["responseElements"] or {}).get("credentials")]

    assert all(1500 < size < 3000 for size in sizes)
