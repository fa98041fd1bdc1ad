"""The trail of a made-up organization: its clock, its chance, and CloudTrail records in the shape of real ones.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import random
from typing import Any

import msgspec

from synth import identifiers, moments

Record = dict[str, Any]

_VERSIONS = {2021: "1.08", 2023: "1.08", 2026: "1.11"}
_SPELLINGS = {2021: ("plain",), 2023: ("comma",), 2026: ("comma", "comma", "plain", "iso")}
_STARTS = {2021: 1_625_300_000, 2023: 1_688_980_000, 2026: 1_772_438_400}
_READS = ("Get", "List", "Describe", "Head", "Assume", "Decrypt", "Authorize", "CreateOAuth2Token")
_WRITES = frozenset({"AssumeRoot", "GetFederationToken", "GetSessionToken", "GetSigninToken"})
_SIGNIN = "AwsConsoleSignIn"


class Call(msgspec.Struct, kw_only=True):
    """One API call to be written down. `event` is `service:Name`; `extra` are more top-level fields of the record."""

    account: str
    event: str
    identity: dict[str, Any]
    region: str
    address: str
    agent: str
    request: dict[str, Any] | None = None
    response: dict[str, Any] | None = None
    error: tuple[str, str] | None = None
    extra: dict[str, Any] = {}


class Trail:
    """Records in the order in which things happened; `era` (2021, 2023, 2026) sets version and spelling of times."""

    def __init__(self, seed: int, *, era: int = 2026) -> None:
        self.rng = random.Random(seed)
        self.era = era
        self.now = _STARTS[era]
        self.records: list[Record] = []

    @property
    def old_style(self) -> bool:
        """Whether identities carry empty maps (left out from eventVersion 1.09 on)."""
        return _VERSIONS[self.era] == "1.08"

    def tick(self, seconds: int = 1) -> None:
        """Let time pass."""
        self.now += seconds

    def expiration(self, moment: int) -> str:
        """Give an expiration in one of the spellings of the era."""
        return moments.spoken(moment, self.rng.choice(_SPELLINGS[self.era]))

    def write(self, call: Call) -> Record:
        """Write one record and give it back."""
        service, _, name = call.event.partition(":")
        host = service if service.endswith(".com") else f"{service}.amazonaws.com"
        record: Record = {
            "eventVersion": _VERSIONS[self.era],
            "userIdentity": call.identity,
            "eventTime": moments.iso(self.now),
            "eventSource": host,
            "eventName": name,
            "awsRegion": call.region,
            "sourceIPAddress": call.address,
            "userAgent": call.agent,
        }
        if call.error:
            record["errorCode"], record["errorMessage"] = call.error
        record |= {"requestParameters": call.request, "responseElements": call.response}
        record |= self._tail(call, name, host)
        self.records.append(record)
        return record

    def _tail(self, call: Call, name: str, host: str) -> Record:
        extra = dict(call.extra)
        tail: Record = {}
        if "additionalEventData" in extra:
            tail["additionalEventData"] = extra.pop("additionalEventData")
        kind = extra.pop("eventType", "AwsApiCall")
        if kind != _SIGNIN:
            tail["requestID"] = extra.pop("requestID", None) or identifiers.uuid(self.rng)
        tail["eventID"] = identifiers.uuid(self.rng)
        tail["readOnly"] = extra.pop("readOnly", name.startswith(_READS) and name not in _WRITES)
        if "resources" in extra:
            tail["resources"] = extra.pop("resources")
        tail |= {"eventType": kind, "managementEvent": extra.pop("managementEvent", True)}
        tail["recipientAccountId"] = call.account
        if "sharedEventID" in extra:
            tail["sharedEventID"] = extra.pop("sharedEventID")
        tail["eventCategory"] = "Management" if tail["managementEvent"] else "Data"
        if not call.address.endswith(".amazonaws.com") and call.address != "AWS Internal":
            tail["tlsDetails"] = self._tls(host, call.region)
        return tail | extra

    def _tls(self, host: str, region: str) -> dict[str, str]:
        service = host.removesuffix(".amazonaws.com")
        if service == "signin":
            host = f"{region}.signin.aws.amazon.com"
        elif service != "iam":
            host = f"{service}.{region}.amazonaws.com"
        version, suite = ("TLSv1.3", "TLS_AES_128_GCM_SHA256") if self.era >= 2024 else ("TLSv1.2", _OLD_SUITE)  # noqa: PLR2004 -- AWS's endpoints moved to 1.3
        return {"tlsVersion": version, "cipherSuite": suite, "clientProvidedHostHeader": host}


_OLD_SUITE = "ECDHE-RSA-AES128-GCM-SHA256"
