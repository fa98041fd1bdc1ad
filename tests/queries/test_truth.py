"""The generator knows the truth of each key; the answers are held against it, with all records and with some lost."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.errors import NotFound
from ingest.identity import Ref
from ingest.line import Options, run
from ingest.sources.files import Files
from queries.answer import Answer
from queries.who import decide, look_up, look_up_many, who
from synth.delivery import write_json
from synth.generate import organization
from synth.organization import Organization
from synth.truth import Truth
from synth.walk import Size

Record = dict[str, Any]


def read(records: Sequence[Record], folder: Path) -> SQLiteStore:
    """A store that has read these records from one file."""
    folder.mkdir(parents=True, exist_ok=True)
    store = SQLiteStore(folder / "store.db", create=True)
    for _ in run([Files([write_json(records, folder / "trail.json")])], store, Options(workers=1)):
        pass
    return store


def trail_ids(answer: Answer) -> list[str]:
    """The eventIDs of the records that an answer shows."""
    return [json.loads(bytes(raw))["eventID"] for raw in answer.trails]


def told(answer: Answer) -> dict[str, object]:
    """What an answer says, under the names that `held` uses."""
    return {
        "principal": answer.principal,
        "chain": tuple(answer.principal_chain),
        "origin kind": answer.origin.kind,
        "origin id": answer.origin.id or "",
        "stop": answer.stop,
        "complete": answer.complete,
        "evidence": answer.evidence,
        "transitive": tuple(sorted(answer.transitive_tags)),
        "source identity": answer.source_identity,
        "start": answer.start,
        "minted by": answer.minted_by.access_key_id if answer.minted_by else None,
        "tags": answer.tags,
        "principal tags": answer.principal_tags,
        "end": answer.end,
        "first trail": trail_ids(answer)[:1],
    }


def held(truth: Truth, *, tagged_last: bool) -> dict[str, object]:
    """What must be said of a key after a whole trail; left out is what no trail tells.

    Tags from before the trail are unknown, and so is the order within the second in which a principal was tagged by
    the very call that its key was last seen in. A key known by its session alone shows the issuance of one of them.
    """
    known: dict[str, object] = {
        "principal": truth.principal,
        "chain": truth.chain,
        "origin kind": truth.origin_kind,
        "origin id": truth.origin_id,
        "stop": truth.stop,
        "complete": truth.complete,
        "evidence": truth.evidence,
        "transitive": truth.transitive,
        "source identity": truth.source_identity,
        "start": truth.start,
        "minted by": truth.minted_by,
    }
    if truth.tags_known and not tagged_last:
        known["tags"] = truth.tags
    if truth.principal_tags_known and not tagged_last:
        known["principal tags"] = truth.principal_tags
    if truth.issued:
        known["end"] = truth.end
        known["first trail"] = [] if truth.kind == "long-lived" else list(truth.records[:1])
    return known


def changing_tags(records: Sequence[Record]) -> set[str]:
    """Seconds in which IAM tags were set or taken."""
    return {r["eventTime"] for r in records if r["eventName"] in {"TagUser", "UntagUser", "TagRole", "UntagRole"}}


@pytest.mark.parametrize("seed", range(30))
def test_all_that_can_be_known_is_right(tmp_path: Path, seed: int) -> None:
    """Origin, chain, tags, principal tags and evidence of each key are those of the truth."""
    org = organization(seed, Size(steps=80))
    seconds = changing_tags(org.records)
    store = read(org.records, tmp_path)
    wrong: dict[str, object] = {}
    for key, truth in org.truth().items():
        if not (truth.seen or truth.issued) or truth.ambiguous or truth.asked_by:
            continue
        (answer,) = who(store, key)
        said = told(answer)
        for name, value in held(truth, tagged_last=answer.seen.last in seconds).items():
            if said[name] != value:
                wrong[f"{key} {name}"] = (said[name], value)
        if answer.principal_tags_complete and not truth.principal_tags_known:
            wrong[f"{key} claims to know its principal tags"] = answer.principal_tags

    assert wrong == {}


@pytest.mark.parametrize("seed", range(12))
def test_many_that_are_looked_up_at_once_are_each_as_by_itself(tmp_path: Path, seed: int) -> None:
    """What is fetched for others changes no answer but from where the key was seen, as of no time."""
    store = read(organization(seed, Size(steps=120)).records, tmp_path)
    refs = [Ref("AccessKey", str(row[0])) for _, row in store.dump("access_key")]
    refs += [Ref("Session", str(row[0])) for _, row in store.dump("session")]
    walk = look_up_many(store, refs)
    for at in (None, "2026-03-02T08:30:00Z", "2026-03-02T10:00:00Z", "2027-01-01T00:00:00Z"):
        for ref in refs:
            (alone, records), (among, same) = (decide(one, ref, at) for one in (look_up(store, ref), walk))
            alone.seen.places = among.seen.places = []
            assert (among, same) == (alone, records), (ref, at)


@pytest.mark.parametrize("seed", range(30))
def test_what_cannot_be_told_apart_is_not_complete(tmp_path: Path, seed: int) -> None:
    """Where two parents opened one session in a second, the answer lists the candidates and claims no origin."""
    org = organization(seed, Size(steps=80))
    store = read(org.records, tmp_path)
    answers = [who(store, key)[0] for key, truth in org.truth().items() if truth.ambiguous and truth.seen]

    assert [(a.complete, a.stop, a.origin.kind) for a in answers] == [(False, "ambiguous", "Unknown")] * len(answers)
    assert all(len(answer.candidates) > 1 for answer in answers)


@pytest.mark.parametrize("seed", range(30))
def test_what_a_stack_did_leads_back_to_who_asked(tmp_path: Path, seed: int) -> None:
    """A stack's session under its own role ends at whoever had the stack made or changed, never called complete."""
    org = organization(seed, Size(steps=80))
    store, truths = read(org.records, tmp_path), org.truth()
    wrong = {}
    for key, truth in truths.items():
        if not truth.asked_by or not truth.seen:
            continue
        (answer,) = who(store, key)
        asked = {truth.asked_by, *(truths[truth.asked_by].records)}
        named = {hop.access_key_id for hop in answer.hops} | {one.access_key_id for one in answer.candidates}
        if answer.complete or not asked & named:
            wrong[key] = (answer.stop, answer.candidates, truth.asked_by)

    assert wrong == {}


def lossy(seed: int) -> tuple[Organization, list[Record]]:
    """An organization, and its records with a tenth to two thirds lost."""
    org = organization(seed, Size(steps=60, ambiguous=False))
    rng = random.Random(seed)
    share = rng.choice((0.1, 0.3, 0.6))
    return org, [record for record in org.records if rng.random() > share]


@pytest.mark.parametrize("seed", range(40))
def test_lost_records_never_make_a_wrong_origin_complete(tmp_path: Path, seed: int) -> None:
    """With records lost at random an answer may know less, but what it calls complete leads to the right origin.

    Left out are keys whose owner's id stands in no record that is left: nothing can tell that user from a namesake.
    A person of Identity Center may be known by name alone.
    """
    org, kept = lossy(seed)
    store, text = read(kept, tmp_path), json.dumps(kept)
    wrong = {}
    for key, truth in org.truth().items():
        try:
            (answer,) = who(store, key)
        except NotFound:
            continue
        if not answer.complete or truth.asked_by or truth.origin_id not in text:
            continue
        ids = {truth.origin_id, truth.origin_name, None}
        if answer.origin.kind != truth.origin_kind or answer.origin.id not in ids:
            wrong[key] = (answer.origin, truth.origin_kind, truth.origin_id)

    assert wrong == {}


@pytest.mark.parametrize("seed", range(10))
def test_a_lost_issuance_is_said(tmp_path: Path, seed: int) -> None:
    """A role session of which only the use is left is not complete, and says that its issuance was not seen."""
    org, _ = lossy(seed)
    issuing = {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetCredentialsForIdentity"}
    kept = [record for record in org.records if record["eventName"] not in issuing | {"SwitchRole", "GetSigninToken"}]
    store = read(kept, tmp_path)
    answers = [who(store, key)[0] for key, truth in org.truth().items() if truth.seen and truth.kind == "role"]

    assert answers
    assert {(answer.complete, answer.stop, answer.evidence) for answer in answers} == {
        (False, "issuance-not-seen", "observed")
    }
