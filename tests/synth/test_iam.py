from synth.organization import Organization


def test_renamed_user_keeps_its_id() -> None:
    """A chain names the user as it was called when it opened the session; the id is the same throughout."""
    org = Organization(2)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    alice = account.create_user("alice", by=admin)
    key, role = account.create_access_key(alice, by=admin), account.create_role("One", by=admin)
    before = account.assume_role(role, by=key)
    account.rename_user(alice, "alicia", by=admin)
    after = account.assume_role(role, by=key)
    truth = org.truth()

    assert truth[before.key].chain[-1] == f"arn:aws:iam::{account.number}:user/alice"
    assert truth[after.key].chain[-1] == f"arn:aws:iam::{account.number}:user/alicia"
    assert truth[key.key].principal == f"arn:aws:iam::{account.number}:user/alicia"
    assert {truth[made.key].origin_id for made in (before, after, key)} == {alice.id}
    rename = next(record for record in org.records if record["eventName"] == "UpdateUser")
    assert rename["requestParameters"] == {"userName": "alice", "newUserName": "alicia"}
    assert rename["responseElements"] is None


def test_late_tags_are_as_of_the_next_hop() -> None:
    """A tag set after a session began is in the chain of what that session opened later, not of what came before."""
    org = Organization(3)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    one, two = account.create_role("One", by=admin, tags={"Team": "red"}), account.create_role("Two", by=admin)
    first = account.assume_role(one, by=admin)
    early = account.assume_role(two, by=first)
    account.tag_role(one, {"TEAM": "blue"}, by=admin)
    late = account.assume_role(two, by=first)
    account.untag_role(one, ["team"], by=admin)
    gone = account.assume_role(two, by=first)
    truth = org.truth()

    assert truth[first.key].tags == {"Team": "red"}
    assert [truth[made.key].tags for made in (early, late, gone)] == [{"Team": "red"}, {"TEAM": "blue"}, {}]
    assert truth[late.key].principal_tags == {}


def test_role_made_again_is_another() -> None:
    """A role of the same name has another id, and the first one's tags do not pass to it."""
    org = Organization(4)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    old = account.create_role("One", by=admin, tags={"a": "1"})
    account.delete_role(old, by=admin)
    new = account.create_role("One", by=admin)
    made = account.assume_role(new, by=admin)

    assert (old.arn, old.id) != (new.arn, new.id)
    assert org.truth()[made.key].principal_tags == {}


def test_key_made_by_itself_and_by_another() -> None:
    """A user that makes its own key sends no parameters; a key made by somebody else names the user and its maker."""
    org = Organization(5)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    bob = account.create_user("bob", by=admin)
    first = account.create_access_key(bob, by=admin)
    named = org.records[-1]
    second = account.create_access_key(bob, by=first)
    unnamed = org.records[-1]
    truth = org.truth()

    assert named["requestParameters"] == {"userName": "bob"}
    assert unnamed["requestParameters"] is None
    assert (truth[first.key].minted_by, truth[second.key].minted_by) == (admin.key, first.key)
    assert truth[second.key].chain == (bob.arn,)
    assert truth[first.key].start == named["eventTime"]


def test_principals_older_than_the_trail_have_unknown_tags() -> None:
    """Tags of a user or role that no record saw made cannot be known whole, and the truth says so."""
    org = Organization(6)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin", tags={"a": "1"}))
    role = account.create_role("One", by=admin)
    made = account.assume_role(role, by=admin)
    truth = org.truth()

    assert (truth[made.key].tags_known, truth[made.key].principal_tags_known) == (False, True)
    assert (truth[admin.key].start, truth[admin.key].evidence) == (None, "observed")


def test_provider_tags_are_no_principal_tags() -> None:
    """What a provider is tagged with never reaches the sessions that come through it."""
    org = Organization(7)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    role = account.create_role("One", by=admin)
    provider = account.create_saml_provider("okta", by=admin, tags={"a": "1"})
    account.tag_provider(provider, {"A": "2"}, by=admin)
    made = account.assume_role_with_saml(role, provider=provider, subject="zoe", tags={"team": "red"})
    truth = org.truth()[made.key]

    assert provider.tags == {"a": "1", "A": "2"}
    assert truth.tags == {"team": "red"}
    assert truth.chain == (role.arn, provider.arn)
    assert (truth.origin_kind, truth.origin_id) == ("SAMLUser", "zoe")
    assert org.records[-1]["requestParameters"]["principalTags"] == {"team": "red"}
