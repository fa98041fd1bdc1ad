from synth.incident import incident


def test_story_of_the_incident() -> None:
    """The keys of the story are what its lines say: leak, end of the chain, bob's key, console, stack."""
    records, truth, story = incident()
    leaked, deepest, minted, console, stack = (
        truth[story[name].key] for name in ("leaked", "deepest", "minted", "console", "stack")
    )

    assert leaked.kind == "long-lived"
    assert len(deepest.chain) == 4
    assert deepest.origin_id == leaked.origin_id
    assert deepest.transitive == ("repository",)
    assert minted.origin_name == "bob"
    assert minted.minted_by == deepest.key
    assert console.origin_kind == "IdentityCenterUser"
    assert stack.asked_by == minted.key
    assert 200 < len(records) < 800
    assert len({record["recipientAccountId"] for record in records}) == 3


def test_incident_has_what_the_demo_shows() -> None:
    """There is a denied attempt, and a call over accounts with both of its copies."""
    records = incident().records
    shared = [record["sharedEventID"] for record in records if "sharedEventID" in record]

    assert any(record.get("errorCode") == "AccessDenied" for record in records)
    assert len(shared) > len(set(shared))


def test_incident_is_the_same_each_time() -> None:
    """The demo's keys do not change from run to run."""
    assert incident() == incident()
