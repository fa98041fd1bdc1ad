"""What all tests share: the real trails, hypothesis profiles, and a plain word on what a run could not test."""

import os
import secrets
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.neo4j_server import Server
    from tests.s3_server import Server as S3Server

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, print_blob=True)
settings.load_profile("ci" if IN_CI else "default")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real trails: `../shared/data` beside the checkout, or what WHODUNNIT_SHARED_DATA names.

    Skips where it is absent; in CI that skip is a failure, as any other.
    """
    beside = Path(__file__).resolve().parents[1] / "../shared/data"
    folder = Path(os.environ.get("WHODUNNIT_SHARED_DATA") or beside).resolve()
    if not folder.is_dir():
        pytest.skip("the real trails of ../shared/data are not here (WHODUNNIT_SHARED_DATA names another place)")
    return folder


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """One Neo4j for the whole run, for tests that start processes or sign in by themselves; it may hold anything.

    Skips where none is to be had; in CI that skip is a failure, as any other.
    """
    from tests.neo4j_server import Unavailable, server

    # Tests fill and empty it all the time; a plan once made for a question is good enough for all of them.
    with server(tmp_path_factory.mktemp("neo4j"), settings=["dbms.cypher.min_replan_interval=1h"]) as found:
        if isinstance(found, Unavailable):
            pytest.skip(str(found))
        found.know_label()
        yield found


@pytest.fixture
def neo4j_url(neo4j_server: "Server", monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty Neo4j; the test's own process, and those that it starts, may sign in."""
    for name, value in neo4j_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NEO4J_DATABASE", raising=False)
    neo4j_server.empty()
    return neo4j_server.uri


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[S3Server]":
    """One S3 for all tests of this process. Skips where none is to be had; in CI that skip is a failure."""
    from tests.s3_server import Unavailable, server

    with server(tmp_path_factory.mktemp("s3")) as found:
        if isinstance(found, Unavailable):
            pytest.skip(str(found))
        yield found


@pytest.fixture
def bucket(s3_server: "S3Server", monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """`s3://` and the name of an empty bucket; the test's own process, and those that it starts, may use it."""
    import boto3

    from lake import bucket

    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    bucket.forget()
    request.addfinalizer(bucket.forget)  # noqa: PT021 (a value is given as well)
    name = f"test-{secrets.token_hex(8)}"
    boto3.Session().client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that share the one Neo4j are run by one worker, one after the other."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        if "neo4j_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("neo4j"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing may be missing: a skip is a failure, unless the test is marked `may_skip`."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and item.get_closest_marker("may_skip") is None:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI takes for a failure: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a module that skips itself whole fails as well: its tests would vanish unseen."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI takes for a failure: {_reason(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line that says what this run could not test, and why."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    said = "; ".join(f"{count} × {reason}" for reason, count in sorted(reasons.items()))
    terminalreporter.write_line(f"could not be tested: {said or 'nothing, all was there'}")
    compared = [dict(report.user_properties) for report in terminalreporter.stats.get("passed", [])]
    if told := [one for one in compared if "answers" in one]:
        questions, graphs = ({one[what] for one in told} for what in ("question", "graph"))
        answers = sum(one["answers"] for one in told)
        terminalreporter.write_line(
            f"conformance: {len(questions)} questions × {len(graphs)} graphs × 2 stores, {answers:,} answers alike"
        )


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """A skip's reason without the place and pytest's own word before it."""
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")
