"""Hostile and odd graphs: nothing crashes, nothing runs away, and what cannot be is not called complete."""

import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graph.store import Parameters
from graph.stores.sqlite import SQLiteStore
from ingest.errors import NotFound, UsageError
from ingest.identity import Ref
from ingest.line import Options, run
from ingest.pasted import asked
from ingest.sources.files import Files
from queries.answer import Answer
from queries.several import Several
from queries.who import look_up, who

Record = dict[str, Any]
Ingested = Callable[[Sequence[Any]], SQLiteStore]

ACCOUNT = "111122223333"
START = "2026-03-02T08:00:00Z"
ALICE = {
    "type": "IAMUser",
    "principalId": "AIDAALICE",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "accountId": ACCOUNT,
    "accessKeyId": "AKIAALICE",
    "userName": "alice",
}
ODD = [
    "o'); DROP TABLE session; --",
    '"quoted"',
    "%",
    "_",
    "nul\x00inside",
    "two\nlines\r\n\ttabbed",
    "\u202eright to left\u2066",
    "\x1b[31mred\x1b[0m",
    "١٢٣٤٥٦٧٨٩٠١٢",
    "𝔰𝔢𝔰𝔰𝔦𝔬𝔫 名前 имя नाम 🔑",
    "\\u0000 \\ \\\\",
    "a" * 4000,
    ":::::",
    "|",
    "/",
    "-/",
    "{}[]",
    "NULL",
    "sha256:",
    "~",
]


def at(second: int) -> str:
    """A time so many seconds after the start (less than an hour)."""
    return f"2026-03-02T08:{second // 60:02d}:{second % 60:02d}Z"


def role(name: str, key: str, *, role_name: str = "ops", start: str = START) -> Record:
    """The identity of a role session."""
    bearer = {"type": "Role", "principalId": "AROAOPS", "arn": f"arn:aws:iam::{ACCOUNT}:role/{role_name}"}
    return {
        "type": "AssumedRole",
        "principalId": f"AROAOPS:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {**bearer, "accountId": ACCOUNT, "userName": role_name},
            "attributes": {"creationDate": start, "mfaAuthenticated": "false"},
        },
    }


def record(event: str, who: Any, when: str = START, **fields: Any) -> Record:  # noqa: ANN401 -- JSON
    """A record as CloudTrail writes it, with an id that follows from what is in it."""
    service, _, name = event.partition(":")
    made = {
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": when,
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "agent",
        "requestParameters": None,
        "responseElements": None,
        "recipientAccountId": ACCOUNT,
        **fields,
    }
    return {"eventID": f"{zlib.crc32(json.dumps(made).encode()):08x}", **made}


def assume(who: Record, key: str, name: str = "s", when: str = START, **request: Any) -> Record:  # noqa: ANN401 -- JSON
    """An AssumeRole of the role ops."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/ops"
    return record(
        "sts:AssumeRole",
        who,
        when,
        requestParameters={"roleArn": arn, "roleSessionName": name, **request},
        responseElements={
            "credentials": {"accessKeyId": key, "expiration": "Mar 2, 2026, 9:30:00 AM"},
            "assumedRoleUser": {
                "assumedRoleId": f"AROAOPS:{name}",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/{name}",
            },
        },
    )


def asked_about(store: SQLiteStore, text: str) -> Answer | None:
    """The answer, checked to be JSON in valid UTF-8 with all keys; None where nothing or several were found."""
    try:
        answers = who(store, text)
    except NotFound:
        return None
    for answer in answers:
        told = json.loads(msgspec.json.encode(answer).decode("utf-8"))
        assert set(told) >= {field.encode_name for field in msgspec.structs.fields(Answer)} - {"Issued"}
        assert told["Hops"]
    return answers[0]


# -- chains that cannot be


@pytest.mark.parametrize("length", [1, 2, 3])
def test_keys_that_issued_each_other(ingested: Ingested, length: int) -> None:
    """A key that stands above itself has no origin: each is a hop once, and nothing is complete."""
    keys = [f"ASIARING{number}" for number in range(length)]
    ring = [
        assume(role(f"s{place}", key), keys[(place + 1) % length], f"s{(place + 1) % length}")
        for place, key in enumerate(keys)
    ]
    store = ingested(ring)

    for key in keys:
        answer = asked_about(store, key)
        assert answer is not None
        assert (answer.complete, answer.stop, answer.origin.kind) == (False, "issuance-not-seen", "Unknown")
        assert sorted(hop.access_key_id or "" for hop in answer.hops) == keys


def test_long_lived_keys_that_made_each_other(ingested: Ingested) -> None:
    """Two keys that created each other are their users', and each is said to have been minted by the other."""
    bob = {
        **ALICE,
        "accessKeyId": "AKIABOB",
        "principalId": "AIDABOB",
        "arn": ALICE["arn"][:-5] + "bob",
        "userName": "bob",
    }
    made = [
        record(
            "iam:CreateAccessKey",
            one,
            requestParameters={"userName": other["userName"]},
            responseElements={"accessKey": {"accessKeyId": other["accessKeyId"], "userName": other["userName"]}},
        )
        for one, other in ((ALICE, bob), (bob, ALICE))
    ]
    answer = asked_about(ingested(made), "AKIABOB")

    assert answer is not None
    assert answer.origin.name == "bob"
    assert answer.minted_by is not None
    assert answer.minted_by.access_key_id == "AKIAALICE"


def test_two_parents_in_one_second(ingested: Ingested) -> None:
    """One key that two credentials are said to have issued is ambiguous: both are candidates."""
    bob = {**ALICE, "accessKeyId": "AKIABOB", "principalId": "AIDABOB", "arn": ALICE["arn"][:-5] + "bob"}
    answer = asked_about(ingested([assume(ALICE, "ASIATWICE"), assume(bob, "ASIATWICE")]), "ASIATWICE")

    assert answer is not None
    assert (answer.stop, answer.complete) == ("ambiguous", False)
    assert [one.access_key_id for one in answer.candidates] == ["AKIAALICE", "AKIABOB"]


def test_one_key_for_two_sessions(ingested: Ingested) -> None:
    """Key ids are not unique for ever: one that was issued for two sessions, by two, claims neither."""
    bob = {**ALICE, "accessKeyId": "AKIABOB", "principalId": "AIDABOB", "arn": ALICE["arn"][:-5] + "bob"}
    store = ingested([assume(ALICE, "ASIATWICE", "one"), assume(bob, "ASIATWICE", "two", at(600))])
    answer = asked_about(store, "ASIATWICE")

    assert answer is not None
    assert (answer.stop, answer.complete) == ("ambiguous", False)


def test_one_key_used_as_two(ingested: Ingested) -> None:
    """A key that was seen in use as two principals, neither with an issuance, is neither's."""
    context = {"attributes": {"creationDate": START}}
    uses = [
        record("s3:ListBuckets", {**ALICE, "accessKeyId": "ASIATWICE", "sessionContext": context}),
        record("s3:ListBuckets", role("s", "ASIATWICE"), at(9)),
    ]
    answer = asked_about(ingested(uses), "ASIATWICE")

    assert answer is not None
    assert (answer.stop, answer.complete) == ("ambiguous", False)
    assert [one.principal for one in answer.candidates] == [f"arn:aws:iam::{ACCOUNT}:role/ops", ALICE["arn"]]


def test_addenda_that_amend_each_other(ingested: Ingested) -> None:
    """Records that each say that the other is to be passed over are still asked about without harm."""
    one, two = assume(ALICE, "ASIAONE"), assume(ALICE, "ASIATWO", "t")
    one["addendum"], two["addendum"] = {"originalEventID": two["eventID"]}, {"originalEventID": one["eventID"]}
    store = ingested([one, two])

    assert asked_about(store, "ASIAONE") is not None
    assert asked_about(store, one["eventID"]) is not None


@pytest.mark.parametrize("nested", [1, 400])
def test_stacks_that_operate_themselves(ingested: Ingested, nested: int) -> None:
    """A stack's session that operates the stack of its own role leads round in a circle, however long, to no origin."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/exec"
    records = []
    for number in range(nested):
        start = at(number)
        key = f"ASIASTACK{number:04d}"
        service = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
        request = {"roleArn": arn + str(number), "roleSessionName": "AWSCloudFormation"}
        records.append(
            record(
                "sts:AssumeRole",
                service,
                start,
                requestParameters=request,
                responseElements={"credentials": {"accessKeyId": key}},
            )
        )
        caller = role("AWSCloudFormation", key, role_name=f"exec{number}", start=start)
        after = (number + 1) % nested
        records.append(
            record(
                "cloudformation:UpdateStack",
                caller,
                at(after) if after else at(0),
                requestParameters={"stackName": f"stack-{after}", "roleARN": arn + str(after)},
                responseElements={"stackId": f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/stack-{after}/0"},
            )
        )
    answer = asked_about(ingested(records), f"ASIASTACK{nested - 1:04d}")

    assert answer is not None
    assert not answer.complete
    assert answer.principal == arn + str(nested - 1)


# -- size


class Counting(SQLiteStore):
    """A store that counts the rows that it gives."""

    rows = 0

    def fetch(self, question: Path, parameters: Parameters) -> Sequence[tuple[Any, ...]]:
        """All rows of the question."""
        found = super().fetch(question, parameters)
        self.rows += len(found)
        return found


def rows_behind(store: SQLiteStore, key: str) -> int:
    """How many rows are fetched to say who is behind a key."""
    counting = Counting(store.path)
    look_up(counting, Ref("AccessKey", key))
    counting.close()
    return counting.rows


def chained(hops: int) -> list[Record]:
    """A chain of so many role sessions under alice, a second apart, with one transitive tag."""
    first = assume(ALICE, "ASIAHOP0000", "h0", tags=[{"key": "t", "value": "v"}], transitiveTagKeys=["t"])
    return [
        first,
        *(
            assume(
                role(f"h{hop - 1}", f"ASIAHOP{hop - 1:04d}", start=at(hop - 1)), f"ASIAHOP{hop:04d}", f"h{hop}", at(hop)
            )
            for hop in range(1, hops)
        ),
    ]


def test_two_hundred_hops(ingested: Ingested) -> None:
    """Every hop is there, in order, with its exact key and event, and the tag comes all the way down."""
    records = chained(200)
    answer = asked_about(ingested(records), "ASIAHOP0199")

    assert answer is not None
    assert [hop.access_key_id for hop in answer.hops] == [
        *(f"ASIAHOP{hop:04d}" for hop in reversed(range(200))),
        "AKIAALICE",
    ]
    assert [hop.event_id for hop in answer.hops[:-1]] == [one["eventID"] for one in reversed(records)]
    assert (answer.complete, answer.evidence, answer.origin.name) == (True, "exact", "alice")
    assert answer.transitive_tags == ["t"]
    assert answer.principal_chain == [f"arn:aws:iam::{ACCOUNT}:role/ops", ALICE["arn"]]


def test_hops_cost_the_same_each(ingested: Ingested) -> None:
    """A chain twice as long fetches twice the rows, not four times."""
    counts = [rows_behind(ingested(chained(hops)), f"ASIAHOP{hops - 1:04d}") for hops in (100, 200)]

    assert counts[1] <= 2 * counts[0]


def test_five_thousand_children(ingested: Ingested) -> None:
    """What a session issued is not fetched to say who is behind it, or behind one of its children."""
    parent = assume(ALICE, "ASIAPARENT", "p")
    children = [assume(role("p", "ASIAPARENT"), f"ASIACHILD{n:04d}", f"c{n}", at(n % 3600)) for n in range(5000)]
    store = ingested([parent, *children])
    rows = [rows_behind(store, key) for key in ("ASIAPARENT", "ASIACHILD4321")]
    answer = asked_about(store, "ASIACHILD4321")

    assert answer is not None
    assert [hop.access_key_id for hop in answer.hops] == ["ASIACHILD4321", "ASIAPARENT", "AKIAALICE"]
    assert max(rows) < 100


# -- odd text


@pytest.mark.parametrize("text", ODD)
def test_odd_text_everywhere(ingested: Ingested, text: str) -> None:
    """Ids and names are opaque: a record full of odd ones is asked about under each of them."""
    identity = {**role(text, text), "principalId": text, "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{text}/{text}"}
    user = {**ALICE, "principalId": text, "userName": text, "accessKeyId": text}
    records = [
        record("sts:AssumeRole", identity, eventID=text, requestParameters={"roleArn": text, "roleSessionName": text}),
        assume(user, text, text, tags=[{"key": text, "value": text}], transitiveTagKeys=[text], sourceIdentity=text),
        record("iam:TagUser", user, requestParameters={"userName": text, "tags": [{"key": text, "value": text}]}),
        record("iam:UpdateUser", user, requestParameters={"userName": text, "newUserName": text}),
        record("iam:CreateAccessKey", user, responseElements={"accessKey": {"accessKeyId": f"AKIA{text}"}}),
    ]
    store = ingested(records)

    for one in (text, f"AKIA{text}", identity["arn"], f"{START}/{identity['arn']}"):
        asked_about(store, one)
    answer = asked_about(store, f"AKIA{text}")
    assert answer is not None
    assert answer.access_key_id == f"AKIA{text}"


@pytest.mark.parametrize("text", ODD)
def test_odd_text_asked(ingested: Ingested, text: str) -> None:
    """No pattern or statement is made of what is asked: what is not there is not found, and nothing else is."""
    store = ingested([assume(ALICE, "ASIAONE")])
    for one in (text, f"arn:aws:iam::{ACCOUNT}:role/{text}", f"arn:aws:sts::{ACCOUNT}:assumed-role/{text}"):
        with pytest.raises(NotFound):
            who(store, one)

    assert asked_about(store, "ASIAONE") is not None


@pytest.mark.parametrize("text", ["AKIA%", "AKIAALIC_", "akiaalice", "ASIA*", "' OR '1'='1"])
def test_patterns_are_text(ingested: Ingested, text: str) -> None:
    """Wildcards match nothing, and ids are what they are, letter for letter."""
    with pytest.raises(NotFound):
        who(ingested([assume(ALICE, "ASIAONE")]), text)


@pytest.mark.parametrize("script", ["ж", "語", "ا", "न", "🔑", "é", "e\u0301", "ß", "İ", "\u200b"])
def test_long_tags_in_many_scripts(ingested: Ingested, script: str) -> None:
    """Tags of the full length come back as they were, in every script, down a chain."""
    key, value = script * 128, script * 256
    tags = [{"key": key, "value": value}]
    records = [
        assume(ALICE, "ASIAONE", "one", tags=tags, transitiveTagKeys=[key]),
        assume(role("one", "ASIAONE"), "ASIATWO", "two", at(5), incomingTransitiveTags={key: value}),
    ]
    answer = asked_about(ingested(records), "ASIATWO")

    assert answer is not None
    assert (answer.tags, answer.transitive_tags, answer.warnings) == ({key: value}, [key], [])


# -- fields that are missing, empty, or of another shape


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 -- JSON
    """The place of everything in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, below in inner for deeper in paths(below, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401 -- JSON
    """A copy with something else at one place; `...` takes it away."""
    copy = json.loads(json.dumps(value))
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    if new is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = new
    return copy


CALLS = [
    assume(ALICE, "ASIAONE", "one", tags=[{"key": "t", "value": "v"}], incomingTransitiveTags={"u": "w"}),
    assume(role("one", "ASIAONE"), "ASIATWO", "two", at(5)),
    record("s3:ListBuckets", role("two", "ASIATWO", start=at(5)), at(9)),
    record("signin:ConsoleLogin", {**ALICE, "accessKeyId": ""}, responseElements={"ConsoleLogin": "Success"}),
    record(
        "sts:AssumeRoleWithSAML",
        {"type": "SAMLUser", "principalId": "q:carol", "userName": "carol", "identityProvider": "q"},
        requestParameters={
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/ops",
            "roleSessionName": "carol",
            "principalArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp",
        },
        responseElements={"credentials": {"accessKeyId": "ASIASAML"}, "subject": "carol"},
    ),
    record(
        "sts:GetFederationToken",
        ALICE,
        requestParameters={"name": "kiosk"},
        responseElements={
            "credentials": {"accessKeyId": "ASIAFED"},
            "federatedUser": {
                "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/kiosk",
                "federatedUserId": f"{ACCOUNT}:kiosk",
            },
        },
    ),
    record(
        "sts:AssumeRoot",
        ALICE,
        requestParameters={"targetPrincipal": "444455556666"},
        responseElements={"credentials": {"accessKeyId": "ASIAROOT"}},
    ),
    record("s3:ListBuckets", {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}),
]
ASKED = ("ASIAONE", "ASIATWO", "ASIASAML", "ASIAFED", "ASIAROOT", "AKIAALICE", "AIDAALICE", ACCOUNT, "")


@pytest.mark.parametrize("new", [..., None, "", "x", "x:assumed-role/y", 7, [], {}, "9999-12-31T23:59:59Z"], ids=str)
def test_a_field_of_another_shape(tmp_path: Path, new: object) -> None:
    """Whatever one field of a record is, or is missing: it is read or quarantined, and every question has an answer."""
    spoiled = [put(call, path, new) for call in CALLS for path in paths(call) if path]
    trails = [CALLS[:2], spoiled]
    for number, records in enumerate(trails):
        (tmp_path / f"{number}.json").write_text(json.dumps({"Records": records}))
    store = SQLiteStore(tmp_path / "store.db", create=True)
    last = list(run([Files([tmp_path / "0.json", tmp_path / "1.json"])], store, Options(workers=1)))[-1]

    assert last.counts["records"] + last.counts["quarantined"] == sum(map(len, trails))
    ids = {text for one in spoiled if isinstance(text := one.get("eventID"), str)}
    for text in (*ASKED, *sorted(ids)):
        asked_about(store, text)
    store.close()


@pytest.mark.parametrize("new", [..., None, "", "x", "x:assumed-role/y", 7, [], {}, "9999-12-31T23:59:59Z"], ids=str)
def test_a_pasted_field_of_another_shape(ingested: Ingested, new: object) -> None:
    """A record that was pasted with one field spoiled asks about something, or is refused in a sentence."""
    store = ingested(CALLS)
    for call in CALLS:
        for path in paths(call)[1:]:
            try:
                for one in asked(json.dumps(put(call, path, new))):
                    who(store, one)
            except (UsageError, NotFound):
                continue


def test_empty_ids(ingested: Ingested) -> None:
    """`accessKeyId: ""` and other empty ids are no ids: nothing is found under them, and nothing meets in them."""
    empty = {"type": "AssumedRole", "principalId": "", "arn": "", "accountId": "", "accessKeyId": ""}
    store = ingested(
        [record("s3:ListBuckets", empty), assume(empty, "ASIAONE"), assume({**ALICE, "accessKeyId": ""}, "ASIATWO")]
    )
    with pytest.raises(NotFound):
        who(store, "")
    one, two = asked_about(store, "ASIAONE"), asked_about(store, "ASIATWO")

    assert one is not None
    assert two is not None
    assert (one.complete, one.origin.id) == (False, ACCOUNT)
    assert (two.complete, two.origin.id, two.evidence) == (True, "AIDAALICE", "principal")


def test_missing_session_context(ingested: Ingested) -> None:
    """A role's call without sessionContext still says its session's ARN, and joins no session of another key."""
    bare = {key: value for key, value in role("s", "ASIABARE").items() if key != "sessionContext"}
    store = ingested([assume(ALICE, "ASIAONE"), record("s3:ListBuckets", bare)])
    answer = asked_about(store, "ASIABARE")

    assert answer is not None
    assert (answer.principal, answer.stop) == (f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/s", "issuance-not-seen") or (
        answer.principal == f"arn:aws:iam::{ACCOUNT}:role/ops"
    )
    assert not answer.complete


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "2000-01-01T00:00:00Z"])
def test_ends_of_time(ingested: Ingested, moment: str) -> None:
    """A session of the last second or the first that can be is asked about by key, ARN and time."""
    store = ingested([record("s3:ListBuckets", role("s", "ASIAEND", start=moment), moment)])
    answer = asked_about(store, "ASIAEND")

    assert answer is not None
    assert answer.start == moment
    assert who(store, role("s", "")["arn"], moment)[0].access_key_id == "ASIAEND"


def test_several_is_text(ingested: Ingested) -> None:
    """The list of sessions that fit says their odd names as they are, one a line."""
    name = "a\nb"
    store = ingested([assume(ALICE, "ASIAONE", name), assume(ALICE, "ASIATWO", name, at(60))])
    with pytest.raises(Several) as raised:
        who(store, f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/{name}")

    assert len(raised.value.choices) == 2
