"""The graphs that both stores are asked about: generated organizations, real trails, and nasty ones made by hand."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ingest.facts import Listed, Named, Tagged
from ingest.identity import Ref, User
from synth.generate import organization
from synth.incident import incident
from synth.walk import Size
from tests.queries.test_nasty import (
    ACCOUNT,
    ALICE,
    CALLS,
    ODD,
    START,
    assume,
    at,
    chained,
    paths,
    put,
    record,
    role,
)

Record = dict[str, Any]

LABELLED = "nodes that bear labels of others"

_SCRIPTS = ("ж", "語", "ا", "न", "🔑", "é", "e\u0301", "ß", "İ", "Σ", "\u200b")
_SHAPES: tuple[Any, ...] = (..., None, "", "x", "x:assumed-role/y", 7, [], {}, "9999-12-31T23:59:59Z")
_CODE = (
    "x'}) DETACH DELETE n //",
    "$id",
    "`Session`",
    r"\E.*\Q",
    r"\u0027 OR 1=1",
    "a.*",
    "100% sure_thing",
    "MATCH (n) RETURN n",
)
_BOB = {
    **ALICE,
    "principalId": "AIDABOB",
    "arn": ALICE["arn"][:-5] + "Bob",
    "userName": "Bob",
    "accessKeyId": "AKIABOB",
}
_OTHER = "444455556666"


def _generated(seed: int) -> list[Record]:
    return organization(seed, Size(steps=80)).records


def _lossy(seed: int) -> list[Record]:
    """An organization of whose records a third is lost."""
    rng = random.Random(seed)
    return [one for one in organization(seed, Size(steps=80)).records if rng.random() > 0.3]


def _ring(length: int) -> list[Record]:
    """Keys that issued each other; of length 1 a key that issued itself."""
    keys = [f"ASIARING{number}" for number in range(length)]
    return [
        assume(role(f"s{place}", key), keys[(place + 1) % length], f"s{(place + 1) % length}")
        for place, key in enumerate(keys)
    ]


def _minted_by_each_other() -> list[Record]:
    """Two users whose long-lived keys, and passwords, each other made."""
    made = [({**ALICE}, "Bob", "AKIABOB"), ({**_BOB}, "alice", "AKIAALICE")]
    return [
        one
        for who, name, key in made
        for one in (
            record("iam:CreateAccessKey", who, responseElements={"accessKey": {"accessKeyId": key, "userName": name}}),
            record("iam:CreateLoginProfile", who, at(1), requestParameters={"userName": name}),
            record("iam:DeleteAccessKey", who, at(2), requestParameters={"userName": name, "accessKeyId": "AKIAGONE"}),
            record("iam:AttachUserPolicy", who, at(3), requestParameters={"userName": name}, errorCode="AccessDenied"),
            record(
                "signin:ConsoleLogin", {**who, "accessKeyId": ""}, at(4), responseElements={"ConsoleLogin": "Success"}
            ),
        )
    ]


def _two_parents() -> list[Record]:
    """One session opened by two in one second, another a second off what its use says, and a third of one sign-in."""
    use = [record("s3:ListBuckets", role(name, f"ASIAUSED{name}", start=at(60)), at(90)) for name in ("near", "twice")]
    return [
        assume(ALICE, "ASIAONE", "same"),
        assume(_BOB, "ASIATWO", "same"),
        record("s3:ListBuckets", role("same", "ASIATHREE"), at(9)),
        assume(ALICE, "ASIANEAR", "near", at(59)),
        assume(ALICE, "ASIABEFORE", "twice", at(59)),
        assume(_BOB, "ASIAAFTER", "twice", at(61)),
        *use,
    ]


def _handed_on() -> list[Record]:
    """Names that go round between users, by renames that make a circle too, told apart by case alone or not at all."""
    names = ("alice", "ALICE2", "Ünal", "alice")
    renamed = [
        record("iam:UpdateUser", _BOB, at(60 + turn), requestParameters={"userName": old, "newUserName": new})
        for turn, (old, new) in enumerate([*pairwise(names), ("Bob", "Bob")])
    ]
    used = [
        record(
            "s3:ListBuckets",
            {**ALICE, "principalId": f"AIDA{turn}", "userName": name, "accessKeyId": f"AKIA{turn}"},
            at(turn * 40),
        )
        for turn, name in enumerate((*names, "aLiCe"))
    ]
    tagged = [
        record(
            "iam:TagUser",
            _BOB,
            at(turn * 30),
            requestParameters={"userName": name, "tags": [{"key": "Team", "value": name}]},
        )
        for turn, name in enumerate((*names, "nobody"))
    ]
    untagged = record("iam:UntagUser", _BOB, at(150), requestParameters={"userName": "ALICE", "tagKeys": ["TEAM"]})
    return [
        *renamed,
        *used,
        *tagged,
        untagged,
        record("iam:DeleteUser", _BOB, at(200), requestParameters={"userName": "alice"}),
    ]


def _lives() -> list[Record]:
    """A role that was deleted and made again under its name, tagged in both lives, and sessions of both."""
    asked = {"requestParameters": {"roleName": "ops", "tags": [{"key": "life", "value": "two"}]}}
    first, second = role("s", "ASIAFIRST"), role("s", "ASIASECOND", start=at(600))
    second["sessionContext"]["sessionIssuer"]["principalId"] = "AROAAGAIN"
    return [
        record("s3:ListBuckets", first, at(1)),
        record(
            "iam:TagRole",
            ALICE,
            at(2),
            requestParameters={"roleName": "OPS", "tags": [{"key": "Life", "value": "one"}]},
        ),
        record("iam:DeleteRole", ALICE, at(300), requestParameters={"roleName": "ops"}),
        record("iam:CreateRole", _BOB, at(400), **asked),
        record("iam:UpdateAssumeRolePolicy", first, at(500), requestParameters={"roleName": "ops"}),
        record("s3:ListBuckets", {**second, "principalId": "AROAAGAIN:s"}, at(601)),
    ]


def _other_account() -> list[Record]:
    """Calls from another account, of which one copy knows the caller's principal alone: a user, and a role session."""
    user = {"type": "AWSAccount", "principalId": "AIDABOB", "accountId": _OTHER}
    session = {"type": "AWSAccount", "principalId": "AROAOPS:s", "accountId": _OTHER}
    return [
        record("s3:ListBuckets", _BOB, at(1)),
        assume(ALICE, "ASIACALLER", "s", at(0)),
        record("s3:ListBuckets", role("s", "ASIACALLER"), at(2)),
        assume(user, "ASIABYUSER", "u", at(3)),
        assume(session, "ASIABYROLE", "r", at(4)),
        assume({**session, "principalId": "AROANOBODY:x"}, "ASIABYNOBODY", "n", at(5)),
        assume({**user, "principalId": _BOB["arn"]}, "ASIABYARN", "a", at(6)),
    ]


def _twice() -> list[Record]:
    """One key issued for two sessions, one used as two principals, one that two users own."""
    context = {"attributes": {"creationDate": START}}
    return [
        assume(ALICE, "ASIATWICE", "one"),
        assume(_BOB, "ASIATWICE", "two", at(600)),
        record("s3:ListBuckets", {**ALICE, "accessKeyId": "ASIABOTH", "sessionContext": context}),
        record("s3:ListBuckets", role("s", "ASIABOTH"), at(9)),
        record("s3:ListBuckets", {**ALICE, "accessKeyId": "AKIASHARED"}),
        record("s3:ListBuckets", {**_BOB, "accessKeyId": "AKIASHARED"}, at(3)),
    ]


def _amended() -> list[Record]:
    """Addenda that amend each other, and one that amends a record of everything."""
    one, two = assume(ALICE, "ASIAONE"), assume(ALICE, "ASIATWO", "t")
    tagged = record("iam:TagUser", ALICE, requestParameters={"userName": "alice", "tags": [{"key": "k", "value": "v"}]})
    stopped = record("cloudtrail:StopLogging", ALICE, at(3), requestParameters={"name": "trail"})
    late = {**record("iam:TagUser", ALICE, at(5)), "addendum": {"originalEventID": tagged["eventID"]}}
    kept = record("cloudtrail:DeleteTrail", _BOB, at(6), requestParameters={"name": "trail"})
    again = {**record("cloudtrail:StopLogging", ALICE, at(7)), "addendum": {"originalEventID": stopped["eventID"]}}
    one["addendum"], two["addendum"] = {"originalEventID": two["eventID"]}, {"originalEventID": one["eventID"]}
    return [one, two, tagged, stopped, late, kept, again]


def _stacks(nested: int) -> list[Record]:
    """Stacks whose sessions operate each other, in a circle."""
    arn, records = f"arn:aws:iam::{ACCOUNT}:role/exec", []
    service = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
    for number in range(nested):
        key, after = f"ASIASTACK{number:04d}", (number + 1) % nested
        request = {"roleArn": arn + str(number), "roleSessionName": "AWSCloudFormation"}
        caller = role("AWSCloudFormation", key, role_name=f"exec{number}", start=at(number))
        target = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/stack-{after}/0"
        records += [
            record(
                "sts:AssumeRole",
                service,
                at(number),
                requestParameters=request,
                responseElements={"credentials": {"accessKeyId": key}},
            ),
            record(
                "cloudformation:UpdateStack",
                caller,
                at(after),
                requestParameters={"stackName": f"stack-{after}", "roleARN": arn + str(after)},
                responseElements={"stackId": target},
            ),
        ]
    return records


def _children() -> list[Record]:
    """A session with five thousand children."""
    children = [assume(role("p", "ASIAPARENT"), f"ASIACHILD{n:04d}", f"c{n}", at(n % 3600)) for n in range(5000)]
    return [assume(ALICE, "ASIAPARENT", "p"), *children]


def _tags() -> list[Record]:
    """Tags of the full length in every script, on sessions and users, down a chain."""
    records = []
    for number, script in enumerate(_SCRIPTS):
        key, value, name = script * 128, script * 256, f"one{number}"
        records += [
            assume(ALICE, f"ASIAONE{number}", name, tags=[{"key": key, "value": value}], transitiveTagKeys=[key]),
            assume(
                role(name, f"ASIAONE{number}"), f"ASIATWO{number}", "two", at(5), incomingTransitiveTags={key: value}
            ),
            record(
                "iam:TagUser",
                _BOB,
                at(number),
                requestParameters={"userName": "alice", "tags": [{"key": key, "value": value}]},
            ),
        ]
    return records


def _text_everywhere(texts: tuple[str, ...]) -> list[Record]:
    """Records of which every name and id is odd text."""
    records = []
    for text in texts:
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{text}/{text}"
        user = {**ALICE, "principalId": text, "userName": text, "accessKeyId": text}
        tags = [{"key": text, "value": text}]
        session = {**role(text, text), "principalId": text, "arn": arn}
        requested = {"roleArn": text, "roleSessionName": text}
        records += [
            record("sts:AssumeRole", session, eventID=text, requestParameters=requested, userAgent=text),
            assume(user, text, text, tags=tags, transitiveTagKeys=[text], sourceIdentity=text),
            record("iam:TagUser", user, requestParameters={"userName": text, "tags": tags}),
            record("iam:UpdateUser", user, requestParameters={"userName": text, "newUserName": text}),
            record("iam:CreateAccessKey", user, responseElements={"accessKey": {"accessKeyId": f"AKIA{text}"}}),
        ]
    return records


def _edges_of_time() -> list[Record]:
    """Sessions of the first and the last second that can be, and some that do not say when they began."""
    bare = {key: value for key, value in role("s", "ASIABARE").items() if key != "sessionContext"}
    moments = ("9999-12-31T23:59:59Z", "2000-01-01T00:00:00Z")
    ends = [record("s3:ListBuckets", role("s", f"ASIA{when[:4]}", start=when), when) for when in moments]
    empty = {"type": "AssumedRole", "principalId": "", "arn": "", "accountId": "", "accessKeyId": ""}
    return [*ends, assume(ALICE, "ASIAONE"), record("s3:ListBuckets", bare), assume(empty, "ASIAEMPTY")]


def _signed_in() -> list[Record]:
    """Console keys of one sign-in with two starts, a function's session, and a password that a role's session set."""
    sign_in = {"signInSessionArn": f"arn:aws:signin:eu-west-1:{ACCOUNT}:session/1"}
    starts = {"ASIACONSOLE": START, "ASIAROTATED": "2026-03-01T23:59:00Z"}
    keys = [
        {**ALICE, "accessKeyId": key, "sessionContext": {"attributes": {"creationDate": start}, **sign_in}}
        for key, start in starts.items()
    ]
    function, arn = role("fn", "ASIAFUNCTION"), f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:fn"
    function["inScopeOf"] = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": arn}
    console = {key: value for key, value in ALICE.items() if key != "accessKeyId"}
    return [
        record("signin:ConsoleLogin", console, responseElements={"ConsoleLogin": "Success"}),
        *(record("s3:ListBuckets", key, at(9)) for key in keys),
        record("s3:ListBuckets", function, at(9)),
        record("s3:ListBuckets", ALICE, at(10)),
        assume(_BOB, "ASIASETTER", "setter", at(11)),
        record("iam:UpdateLoginProfile", role("setter", "ASIASETTER"), at(12), requestParameters={"userName": "alice"}),
    ]


def _spoiled() -> list[Record]:
    """Records of which one field each is missing or of another shape."""
    return [put(call, path, shape) for shape in _SHAPES for call in CALLS for path in paths(call) if path]


MADE: dict[str, Callable[[], list[Record]]] = {
    **{f"organization {seed}": lambda seed=seed: _generated(seed) for seed in range(100, 108)},  # type: ignore[misc] # of a lambda's default
    **{f"lossy organization {seed}": lambda seed=seed: _lossy(seed) for seed in range(200, 204)},  # type: ignore[misc] # the same
    "the demo's incident": lambda: incident().records,
    LABELLED: lambda: incident().records,
    "nothing": list,
    "a key that issued itself": lambda: _ring(1),
    "keys that issued each other": lambda: _ring(3),
    "users that made each other": _minted_by_each_other,
    "two parents in one second": _two_parents,
    "names handed on": _handed_on,
    "a role of two lives": _lives,
    "callers of another account": _other_account,
    "keys of two": _twice,
    "addenda": _amended,
    "sign-ins and workloads": _signed_in,
    "a baseline": _lives,
    "stacks in a circle": lambda: _stacks(60),
    "a chain of 200 hops": lambda: chained(200),
    "a session with 5,000 children": _children,
    "long tags in every script": _tags,
    "odd text everywhere": lambda: _text_everywhere(tuple(ODD)),
    "code everywhere": lambda: _text_everywhere(_CODE),
    "the edges of time": _edges_of_time,
    "spoiled fields": _spoiled,
}
"""Records by the name of the graph that they make."""

_LISTED = [
    (Ref("User", "AIDABOB"), "2026-03-02T08:03:20Z", {"team": "blue"}),
    (Ref("Role", f"{ACCOUNT}/ops"), "2026-03-02T08:04:00Z", {"LIFE": "listed"}),
]
_BOB_ID = User("AIDABOB", ACCOUNT, "bob", f"arn:aws:iam::{ACCOUNT}:user/bob")
BASELINES = {
    "a baseline": [
        Named(at="2026-03-02T08:03:20Z", event="iam:0", user=_BOB_ID, created="2026-03-02T08:00:10Z"),
        *(
            fact
            for number, (target, when, tags) in enumerate(_LISTED)
            for fact in (
                Listed(at=when, event=f"iam:{number}", target=target, account=ACCOUNT),
                Tagged(at=when, event=f"iam:{number}", target=target, tags=tuple(tags.items())),
            )
        ),
    ]
}
"""Facts of a baseline that are read after the records, by graph."""

REAL = {
    "real: invictus": "invictus/CloudTrail",
    "real: stratus": "stratus",
    "real: cross-account": "cross-account",
    "real: the published example": "whodunnit-readme/trail.json",
}
"""Where the real trails stand in the folder of shared data."""
