"""Answers made by hand, as `who` would give them."""

import pytest

from queries.answer import Answer, Hop, Minted, Origin, Place, Sighting, Warned

BUILD, PROD = "111122223333", "444455556666"
USER = f"arn:aws:iam::{BUILD}:user/machines/ci-deployer"
DEPLOYER = f"arn:aws:iam::{BUILD}:role/Deployer"
RELEASE = f"arn:aws:iam::{PROD}:role/delivery/Release"
ADMIN = f"arn:aws:iam::{PROD}:role/OperationsAdmin"
BOB = f"arn:aws:iam::{PROD}:user/bob"


def hop(principal: str, key: str, name: str, at: str, event: str) -> Hop:
    """A hop that a role session of this name made."""
    account, role = principal.split(":")[4], principal.rpartition("/")[2]
    session = f"{at}/arn:aws:sts::{account}:assumed-role/{role}/{name}"
    return Hop(principal, key, session, event, at, "exact")


@pytest.fixture
def chained() -> Answer:
    """The end of a chain of three roles over two accounts, that began with a CI user's key."""
    return Answer(
        principal=ADMIN,
        principal_chain=[ADMIN, RELEASE, DEPLOYER, USER],
        tags={"team": "platform", "stage": "prod", "build": "1043", "repository": "example/shop"},
        transitive_tags=["repository"],
        start="2026-03-02T11:23:51Z",
        end="2026-03-02T12:23:51Z",
        trails=[],
        access_key_id="ASIAZ4ZZZZZZDEEPEST1",
        principal_tags={"stage": "prod", "repository": "example/shop"},
        principal_tags_complete=False,
        source_identity=None,
        origin=Origin("IAMUser", "AIDAZ4ZZZZZZCI000001", USER, "ci-deployer"),
        hops=[
            hop(ADMIN, "ASIAZ4ZZZZZZDEEPEST1", "maintenance", "2026-03-02T11:23:51Z", "216913d7-43b1-41f5-a330-1"),
            hop(RELEASE, "ASIAZ4ZZZZZZRELEASE1", "build-1043", "2026-03-02T11:22:30Z", "216913d7-43b1-41f5-a330-2"),
            hop(DEPLOYER, "ASIAZ4ZZZZZZDEPLOY01", "build-1043", "2026-03-02T11:21:52Z", "216913d7-43b1-41f5-a330-3"),
            Hop(USER, "AKIAZ4ZZZZZZLEAKED01"),
        ],
        evidence="exact",
        complete=True,
        stop="iam-user",
        candidates=[],
        minted_by=None,
        warnings=[],
        seen=Sighting(
            "2026-03-02T11:24:35Z",
            "2026-03-02T11:24:36Z",
            [Place("203.0.113.66", "Boto3/1.38.2", "eu-west-1", "2026-03-02T11:24:35Z", "2026-03-02T11:24:36Z")],
        ),
    )


@pytest.fixture
def minted() -> Answer:
    """Bob's key on paper: a session of somebody else made it."""
    by = f"arn:aws:sts::{PROD}:assumed-role/OperationsAdmin/maintenance"
    origin = Origin("IAMUser", "AIDAZ4ZZZZZZBOB00001", BOB, "bob")
    return Answer(
        principal=BOB,
        principal_chain=[BOB],
        tags={"team": "shop"},
        transitive_tags=[],
        start="2026-03-02T11:24:36Z",
        end=None,
        trails=[],
        access_key_id="AKIAZ4ZZZZZZMINTED01",
        principal_tags={"team": "shop"},
        principal_tags_complete=True,
        source_identity=None,
        origin=origin,
        hops=[Hop(BOB, "AKIAZ4ZZZZZZMINTED01", evidence="exact", tags={"team": "shop"})],
        evidence="exact",
        complete=True,
        stop="iam-user",
        candidates=[],
        minted_by=Minted(
            "1667e65c-8882-4fea-850f-1",
            "2026-03-02T11:24:36Z",
            by,
            "ASIAZ4ZZZZZZDEEPEST1",
            Origin("IAMUser", "AIDAZ4ZZZZZZCI000001", USER, "ci-deployer"),
        ),
        warnings=[Warned("key-minted-by-other", "1667e65c-8882-4fea-850f-1", "2026-03-02T11:24:36Z", by)],
        seen=Sighting(),
    )
