from queries.sessions import Issuer, Listed
from render.screen import Screen
from render.sessions import format_sessions


def session(keys: tuple[str, ...], count: int = 1, kind: str = "role") -> Listed:
    """A session with these keys."""
    return Listed(
        id=None,
        kind=kind,
        arn="arn:aws:sts::1:assumed-role/R/s",
        principal="AROAR:s",
        account="1",
        name="s3.amazonaws.com" if kind == "forwarded" else "s",
        start="2026-03-01T00:00:00Z",
        end=None,
        first=None,
        last=None,
        source_identity=None,
        issued_by=(Issuer("key", "AKIAX", None, "exact"),),
        people=(),
        keys=len(keys) or 9,
        access_key_ids=keys,
        count=count,
    )


def test_a_line_names_the_first_keys() -> None:
    """Of five keys three are named; of a folded row the number is; columns without a value are left out."""
    rows = [session(("A1", "A2", "A3", "A4", "A5")), session((), 4, "forwarded")]
    head, first, second = format_sessions(rows, "text", Screen()).splitlines()

    assert head.split() == ["Start", "Kind", "Session", "IssuedBy", "AccessKeys"]
    assert first.endswith("key AKIAX (exact)  A1, A2, A3 and 2 more")
    assert "arn:aws:sts::1:assumed-role/R/s by s3.amazonaws.com (4 times)" in second
    assert second.endswith("9 keys")


def test_other_forms_have_all_keys() -> None:
    """JSON lines name every key that was fetched."""
    assert '"AccessKeyIds":["A1","A2","A3","A4"]' in format_sessions(
        [session(("A1", "A2", "A3", "A4"))], "jsonl", Screen()
    )
