"""What a key, session, principal or person did, from the lake."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import NotFound
from lake.events import Line, Wanted, as_recorded, covered, one_by_one, rolled_up
from lake.place import place
from synth.delivery import write_trail
from synth.incident import Incident, incident
from tests.lake.lakes import exported, ingested, rows

Record = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> Incident:
    """The demo's incident."""
    return incident()


@pytest.fixture(scope="module")
def lake(made: Incident, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its lake."""
    folder = tmp_path_factory.mktemp("events")
    write_trail(made.records, folder / "trail")
    exported(folder / "trail", ingested(folder / "trail", folder), folder / "lake")
    return folder / "lake"


def ids(lake: Path, *asked: str, **more: Any) -> list[str]:  # noqa: ANN401 (whatever is wanted)
    """The events found, in order of time."""
    found = one_by_one(place(str(lake)), Wanted(ids=asked, **more))
    return [line.event_id for some in found for line in some]


def expected(made: Incident, fits: Any) -> list[str]:  # noqa: ANN401 (a predicate)
    """The events that should be found."""
    records = [record for record in made.records if fits(record)]
    return [record["eventID"] for record in sorted(records, key=lambda r: (r["eventTime"], r["eventID"]))]


def key_of(record: Record) -> str:
    """The access key of a record's caller, or ''."""
    key: str = record["userIdentity"].get("accessKeyId", "")
    return key


def test_all_that_a_key_did_is_found(made: Incident, lake: Path) -> None:
    """Every call, in order of time."""
    keys = {key_of(record) for record in made.records} - {""}
    for key in keys:
        assert ids(lake, key) == expected(made, lambda record, key=key: key_of(record) == key)


def test_a_session_is_found_by_its_arn(made: Incident, lake: Path) -> None:
    """As CloudTrail writes it."""
    arns = {r["userIdentity"].get("arn", "") for r in made.records}
    sessions = sorted(arn for arn in arns if ":assumed-role/" in arn)
    assert len(sessions) > 3
    for arn in sessions:
        assert ids(lake, arn) == expected(made, lambda r, arn=arn: r["userIdentity"].get("arn") == arn)


def test_a_role_is_found_by_its_arn_and_its_id(made: Incident, lake: Path) -> None:
    """All of its sessions."""
    issuers = [r["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {}) for r in made.records]
    roles = {(one["arn"], one["principalId"]) for one in issuers if one.get("type") == "Role"}
    assert len(roles) > 2
    for arn, role_id in roles:
        of_role = expected(
            made, lambda r, role_id=role_id: r["userIdentity"].get("principalId", "").startswith(f"{role_id}:")
        )
        assert ids(lake, role_id) == of_role
        assert ids(lake, arn) == of_role
        without_path = f"{arn.partition('/')[0]}/{arn.rpartition('/')[2]}"
        assert ids(lake, without_path) == of_role


def test_a_person_is_found_through_the_roles_that_they_took(lake: Path) -> None:
    """By the name at the origin of the chain: more than what bears their name itself."""
    lines = [line for some in one_by_one(place(str(lake)), Wanted()) for line in some]
    origins = {line.origin for line in lines if line.origin and line.complete}
    assert len(origins) > 2
    for origin in origins:
        assert ids(lake, origin.upper()) == ids(lake, origin.lower())
        found = [line for some in one_by_one(place(str(lake)), Wanted(ids=(origin,))) for line in some]
        assert {line.event_id for line in lines if line.origin == origin} <= {line.event_id for line in found}


def test_rolled_up_counts_are_those_of_the_lines(lake: Path) -> None:
    """By action, resource and outcome; the latest first."""
    lines = [line for some in one_by_one(place(str(lake)), Wanted()) for line in some]
    rolled = rolled_up(place(str(lake)), Wanted())
    assert sum(one.count for one in rolled) == len(lines)
    assert [one.last for one in rolled] == sorted((one.last for one in rolled), reverse=True)
    for one in rolled:
        of_it = [x for x in lines if (x.action, x.resource, x.outcome) == (one.action, one.resource, one.outcome)]
        assert (one.count, one.first, one.last) == (len(of_it), of_it[0].time, of_it[-1].time)
        assert one.addresses == len({line.address for line in of_it})


@pytest.mark.parametrize(
    ("action", "fits"),
    [
        ("AssumeRole", lambda r: r["eventName"] == "AssumeRole"),
        ("assumerole", lambda r: r["eventName"] == "AssumeRole"),
        ("sts:*", lambda r: r["eventSource"] == "sts.amazonaws.com"),
        ("iam:Create*", lambda r: r["eventSource"] == "iam.amazonaws.com" and r["eventName"].startswith("Create")),
        ("*Role", lambda r: r["eventName"].endswith("Role")),
    ],
)
def test_actions_are_named_with_or_without_service_and_with_stars(
    made: Incident,
    lake: Path,
    action: str,
    fits: Any,  # noqa: ANN401 (a predicate)
) -> None:
    """As IAM writes them, whatever their case."""
    assert ids(lake, action=action) == expected(made, fits)


def test_a_percent_sign_is_no_star(lake: Path) -> None:
    """Nor an underscore."""
    for action in ("Assume%", "AssumeRol_"):
        with pytest.raises(NotFound):
            ids(lake, action=action)


def test_denied_is_what_was_refused_for_want_of_permission(made: Incident, lake: Path) -> None:
    """Other errors are not."""
    assert ids(lake, denied=True) == expected(made, lambda r: "Denied" in r.get("errorCode", ""))


def test_records_come_back_as_they_went_in(made: Incident, lake: Path) -> None:
    """Field by field, but for session tokens."""
    found = [json.loads(record) for some in as_recorded(place(str(lake)), Wanted()) for record in some]
    assert len(found) == len(made.records)
    given = {record["eventID"]: record for record in made.records}
    for record in found:
        whole = given[record["eventID"]]
        assert record.keys() == whole.keys()
        assert record["userIdentity"] == whole["userIdentity"]
        assert record["requestParameters"] == whole["requestParameters"]


def test_nothing_found_says_what_the_lake_covers(made: Incident, lake: Path) -> None:
    """Absent data is not read as nothing done."""
    with pytest.raises(NotFound, match="the lake holds") as caught:
        ids(lake, "nobody")
    assert f"{len(made.records):,} events" in str(caught.value)
    assert covered(place(str(lake))) in str(caught.value)


def test_a_part_of_a_name_leads_to_the_names_that_contain_it(made: Incident, lake: Path) -> None:
    """Whatever their case; what cannot be part of a name is not looked for."""
    arns = (record["userIdentity"].get("arn", "") for record in made.records)
    whole = next(arn.rpartition("/")[2] for arn in arns if "@" in arn)
    part = whole.partition("@")[0].upper()
    with pytest.raises(NotFound, match="did you mean") as caught:
        ids(lake, part)
    assert whole in str(caught.value)
    for asked in ("nobody", "AKIA" + 16 * "A", "%"):
        with pytest.raises(NotFound) as caught:
            ids(lake, asked)
        assert "did you mean" not in str(caught.value)


def test_a_name_that_is_whole_is_not_asked_about(made: Incident, lake: Path) -> None:
    """Somebody who did other things than those asked for."""
    name = next(r["userIdentity"]["userName"] for r in made.records if r["userIdentity"].get("type") == "IAMUser")
    assert ids(lake, name)
    with pytest.raises(NotFound) as caught:
        ids(lake, name, action="NoSuchCall")
    assert "did you mean" not in str(caught.value)


def test_a_user_of_whom_nothing_is_known_is_found_by_name(made: Incident, tmp_path: Path) -> None:
    """The store has not seen the trail: what the records say of their caller must do."""
    name = next(r["userIdentity"]["userName"] for r in made.records if r["userIdentity"].get("type") == "IAMUser")
    write_trail(made.records, tmp_path / "trail")
    write_trail([r for r in made.records if r["userIdentity"].get("type") != "IAMUser"][:1], tmp_path / "other")
    exported(tmp_path / "trail", ingested(tmp_path / "other", tmp_path), tmp_path / "lake")
    assert ids(tmp_path / "lake", name) == expected(made, lambda r: r["userIdentity"].get("userName") == name)


def test_hostile_ids_are_texts(lake: Path) -> None:
    """Quotes and SQL in them find nothing, and do nothing."""
    for asked in ("' OR 1=1 --", "arn:' OR '1'='1", "AKIA' OR 1=1"):
        with pytest.raises(NotFound):
            ids(lake, asked)


def test_a_line_says_who_is_behind(made: Incident, lake: Path) -> None:
    """The principal that acted, and the origin of its chain."""
    lines: list[Line] = [line for some in one_by_one(place(str(lake)), Wanted()) for line in some]
    told = 0
    for line in lines:
        truth = made.truth.get(line.access_key_id or "")
        if truth is not None and not truth.ambiguous and not truth.asked_by:
            assert line.complete == truth.complete
            assert line.origin == (truth.origin_name or truth.origin_id)
            told += 1
    assert told > 100


def test_an_event_is_of_whom_the_better_copy_says(made: Incident, tmp_path: Path) -> None:
    """A copy from before the graph knew more fits other questions; it is the other that counts, for them as well."""
    trail, copy = tmp_path / "trail", tmp_path / "copy"
    write_trail(made.records, trail)
    write_trail(made.records, copy)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "nothing.json").write_text('{"Records": []}')
    exported(copy, ingested(tmp_path / "empty" / "nothing.json", tmp_path / "empty"), tmp_path / "lake")
    exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    exported(trail, ingested(trail, tmp_path), tmp_path / "whole")
    asked = {row["lineage_origin_id"] for lake in ("lake", "whole") for row in rows(tmp_path / lake)}
    for one in filter(None, asked):
        assert found_or_not(tmp_path / "lake", one) == found_or_not(tmp_path / "whole", one), one


def found_or_not(lake: Path, asked: str) -> list[str]:
    """The ids of the events, or none."""
    try:
        return ids(lake, asked)
    except NotFound:
        return []
