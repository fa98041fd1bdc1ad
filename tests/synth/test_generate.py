from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import identifiers
from synth.generate import organization
from synth.walk import Size


def test_same_seed_same_trail() -> None:
    """A seed and a size settle every byte of the records and all of the truth."""
    one, two, other = organization(7, 50), organization(7, 50), organization(8, 50)

    assert msgspec.json.encode(one.records) == msgspec.json.encode(two.records)
    assert one.truth() == two.truth()
    assert one.records != other.records


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), steps=st.integers(0, 60), era=st.sampled_from([2021, 2023, 2026]))
def test_truth_and_records_agree_on_keys(seed: int, steps: int, era: int) -> None:
    """Every key in a record has a truth, `seen` is exactly use, and issuing records are those that show the key."""
    org = organization(seed, Size(steps=steps, era=era))
    truth = org.truth()
    used = {record["userIdentity"].get("accessKeyId") or "" for record in org.records} - {""}
    ids = {record["eventID"] for record in org.records}

    assert {key for key, one in truth.items() if one.seen} == used
    assert len(ids) == len(org.records)
    for key, one in truth.items():
        assert one.chain[0] == one.principal
        assert set(one.records) <= ids
        assert (identifiers.account_of(key) or "no account") in one.session
        assert all(here != above for here, above in zip(one.chain, one.chain[1:], strict=False))


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_issued_keys_are_those_in_responses(seed: int) -> None:
    """A key counts as issued exactly if a response holds it (a sign-in that gives back the caller's own does not)."""
    org = organization(seed, 50)
    shown = set()
    for record in org.records:
        response = record["responseElements"] or {}
        for part in (response.get("credentials"), response.get("accessKey")):
            if part and part["accessKeyId"] != record["userIdentity"].get("accessKeyId"):
                shown.add(part["accessKeyId"])

    assert {key for key, one in org.truth().items() if one.issued} == shown


def test_records_run_forward_in_time() -> None:
    """The trail is in the order in which things happened."""
    times = [record["eventTime"] for record in organization(3, 100).records]

    assert times == sorted(times)


def test_the_nasty_cases_come_up() -> None:
    """Over some seeds all kinds of origin, evidence and event that matter are there."""
    origins: Counter[str] = Counter()
    events: Counter[str] = Counter()
    ambiguous = denied = 0
    for seed in range(60):
        org = organization(seed, 60)
        events.update(record["eventName"] for record in org.records)
        denied += sum("errorCode" in record for record in org.records)
        for one in org.truth().values():
            origins[one.origin_kind] += 1
            ambiguous += one.ambiguous

    assert origins.keys() == {
        "IAMUser",
        "Root",
        "SAMLUser",
        "WebIdentityUser",
        "IdentityCenterUser",
        "AWSService",
        "Unknown",
    }
    assert ambiguous
    assert denied
    assert {"UpdateUser", "DeleteRole", "TagRole", "UntagUser", "SwitchRole", "AssumeRoot", "GetSigninToken"} <= set(
        events
    )


@pytest.mark.parametrize("steps", [0, 30])
def test_size_without_older_and_ambiguous(steps: int) -> None:
    """The knobs hold: nothing ambiguous where that is off, and only the administrators are older than the trail."""
    org = organization(5, Size(steps=steps, older=False, ambiguous=False))
    older = {one.origin_name for one in org.truth().values() if one.kind == "long-lived" and not one.issued}

    assert not any(one.ambiguous for one in org.truth().values())
    assert older == {"administrator"}
