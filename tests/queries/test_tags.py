"""What goes down a chain: transitive tags and the source identity."""

from collections.abc import Callable, Sequence
from typing import Any

from graph.stores.sqlite import SQLiteStore
from queries.who import who
from synth.credential import Credential
from synth.organization import Account, Organization
from tests.queries.chains import KEYS

Record = dict[str, Any]
Ingested = Callable[[Sequence[Any]], SQLiteStore]


def test_transitive_tags(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """Only transitive tags go on; all that any hop said is in Tags, what counts for policies in PrincipalTags."""
    one = prod.assume_role(
        prod.create_role("one", by=alice, tags={"owner": "ops"}),
        by=alice,
        name="s",
        tags={"Project": "x", "build": "7"},
        transitive=["Project"],
    )
    two = prod.assume_role(
        prod.create_role("two", by=alice, tags={"PROJECT": "y"}), by=one, name="s", tags={"step": "2"}
    )
    three = prod.assume_role(prod.create_role("three", by=alice), by=two, name="s")
    store = ingested(org.records)
    (answer,) = who(store, two.key)
    (last,) = who(store, three.key)

    assert answer.tags == {"owner": "ops", "build": "7", "Project": "x", "step": "2"}
    assert answer.principal_tags == {"Project": "x", "step": "2"}
    assert (answer.transitive_tags, answer.principal_tags_complete) == (["Project"], True)
    assert (last.principal_tags, last.transitive_tags) == ({"Project": "x"}, ["Project"])


def test_transitive_keys_without_case(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A key among transitiveTagKeys names its tag however it is written."""
    key = prod.assume_role(prod.existing_role("one"), by=alice, name="s", tags={"Project": "x"}, transitive=["PROJECT"])
    (answer,) = who(ingested(org.records), key.key)

    assert answer.transitive_tags == ["Project"]


def test_inherited_tags_that_disagree(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """What the record says came down stands, and where the parent's issuance says otherwise there is a warning."""
    one = prod.assume_role(prod.existing_role("one"), by=alice, name="s", tags={"p": "x"}, transitive=["p"])
    two = prod.assume_role(prod.existing_role("two"), by=one, name="s")
    org.records[-1]["requestParameters"]["incomingTransitiveTags"] = {"p": "z"}
    (answer,) = who(ingested(org.records), two.key)

    assert (answer.principal_tags, answer.transitive_tags) == ({"p": "z"}, ["p"])
    assert [(w.kind, w.event_id) for w in answer.warnings] == [("transitive-tags-disagree", two.session.records[0])]


def test_inherited_tags_of_an_unseen_parent(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential
) -> None:
    """Where the parent's issuance was not seen, what the record says came down is all that is known; no warning."""
    one = prod.assume_role(prod.existing_role("one"), by=alice, name="s", tags={"p": "x"}, transitive=["p"])
    two = prod.assume_role(prod.existing_role("two"), by=one, name="s")
    (answer,) = who(ingested(org.records[1:]), two.key)

    assert (answer.principal_tags, answer.transitive_tags, answer.warnings) == ({"p": "x"}, ["p"], [])


def test_tags_of_an_issuance_that_was_not_seen(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential
) -> None:
    """Which tags were passed is not known where the issuance is lost, though the role's own are."""
    role = prod.create_role("one", by=alice, tags={"owner": "ops"})
    key = prod.assume_role(role, by=alice, name="s", tags={"p": "x"})
    used = prod.use(key, KEYS)
    (answer,) = who(ingested([org.records[0], used]), key.key)

    assert (answer.principal_tags, answer.principal_tags_complete) == ({"owner": "ops"}, False)


def test_source_identity(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """It is set once, goes down the chain, and stands on every hop below."""
    one = prod.assume_role(prod.existing_role("one"), by=alice, name="s", source_identity="carol")
    two = prod.assume_role(prod.existing_role("two"), by=one, name="s")
    used = prod.use(two, KEYS)
    (answer,) = who(ingested(org.records), two.key)
    (unseen,) = who(ingested([used]), two.key)

    assert [hop.source_identity for hop in answer.hops] == ["carol", "carol", None]
    assert (answer.source_identity, unseen.source_identity) == ("carol", "carol")


def test_federation_endpoint(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A key traded for a console sign-in has its session's tags; the caller's own key shown again is no issuance."""
    one = prod.assume_role(prod.create_role("one", by=alice), by=alice, name="s", tags={"p": "x"}, transitive=["p"])
    same = prod.signin_token(one)
    other = prod.signin_token(one, duration=900)
    store = ingested(org.records)
    (answer,) = who(store, other.key)

    assert same is one
    assert [hop.access_key_id for hop in answer.hops] == [other.key, one.key, alice.key]
    assert (answer.principal_tags, answer.transitive_tags) == ({"p": "x"}, ["p"])
    assert answer.principal_tags_complete
    assert len(who(store, one.key)[0].hops) == 2
