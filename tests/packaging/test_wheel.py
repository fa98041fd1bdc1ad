import importlib.metadata
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).resolve().parents[2]

# One worker builds and installs the wheel, once.
pytestmark = pytest.mark.xdist_group("wheel")

KEY = "ASIAZ4ZZZZZZCHILD001"
USER = "arn:aws:iam::111122223333:user/ada"
ROLE = "arn:aws:iam::111122223333:role/deploy"
RECORD = {
    "eventVersion": "1.09",
    "userIdentity": {
        "type": "IAMUser",
        "principalId": "AIDAZ4ZZZZZZADA00001",
        "arn": USER,
        "accountId": "111122223333",
        "accessKeyId": "AKIAZ4ZZZZZZPARENT01",
        "userName": "ada",
    },
    "eventTime": "2026-03-04T05:06:07Z",
    "eventSource": "sts.amazonaws.com",
    "eventName": "AssumeRole",
    "awsRegion": "eu-west-1",
    "sourceIPAddress": "192.0.2.7",
    "userAgent": "aws-cli/2.31.0",
    "requestParameters": {"roleArn": ROLE, "roleSessionName": "release", "durationSeconds": 900},
    "responseElements": {
        "credentials": {
            "accessKeyId": KEY,
            "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
            "expiration": "Mar 4, 2026, 5:21:07 AM",
        },
        "assumedRoleUser": {
            "assumedRoleId": "AROAZ4ZZZZZZDEPLOY01:release",
            "arn": "arn:aws:sts::111122223333:assumed-role/deploy/release",
        },
    },
    "requestID": "6d2f7f6c-0001-4c55-8c1e-000000000001",
    "eventID": "0f4b2a51-0001-4c55-8c1e-000000000002",
    "readOnly": True,
    "resources": [{"accountId": "111122223333", "type": "AWS::IAM::Role", "ARN": ROLE}],
    "eventType": "AwsApiCall",
    "managementEvent": True,
    "recipientAccountId": "111122223333",
    "eventCategory": "Management",
}


class Wheel(msgspec.Struct, frozen=True):
    """The built wheel, and the folder that it was unpacked into as pip does."""

    file: Path
    site: Path

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the wheel's own `whodunnit` in `cwd`, where none of the checkout's modules can be found first."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WHODUNNIT_")}
        script = self.site / "bin" / "whodunnit"
        return subprocess.run(
            [sys.executable, str(script), *arguments],
            cwd=cwd,
            env=environment | {"PYTHONPATH": str(self.site), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    """Build the wheel and install it, without asking any registry, into a folder of its own."""
    dist, site = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (file,) = dist.glob("whodunnit-*.whl")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        str(site),
        str(file),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    return Wheel(file=file, site=site)


def test_wheel_holds_every_file_of_its_packages(wheel: Wheel) -> None:
    """Whatever lies beside the modules (queries, templates) is in the wheel as it is in the checkout."""
    shipped = {name for name in zipfile.ZipFile(wheel.file).namelist() if ".dist-info/" not in name}
    packages = {name.split("/")[0] for name in shipped}
    there = {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert shipped == there


def test_wheel_runs_from_its_own_folder(wheel: Wheel, tmp_path: Path) -> None:
    """The modules that run are the wheel's, not the checkout's."""
    script = "import cli.main, sys; sys.stdout.write(cli.main.__file__)"
    environment = os.environ | {"PYTHONPATH": str(wheel.site)}
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)

    assert ran.stdout == str(wheel.site / "cli" / "main.py")


def test_help(wheel: Wheel, tmp_path: Path) -> None:
    """`whodunnit --help` of the installed wheel names the commands."""
    ran = wheel.run("--help", cwd=tmp_path)

    assert ran.returncode == 0, ran.stderr
    for command in ("demo", "ingest", "who", "find", "sessions", "history", "status"):
        assert command in ran.stdout


def test_version(wheel: Wheel) -> None:
    """The version is the one that pyproject.toml names, in the wheel's file name and in the installed metadata."""
    (installed,) = importlib.metadata.distributions(name="whodunnit", path=[str(wheel.site)])

    assert installed.version == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert wheel.file.name.startswith(f"whodunnit-{installed.version}-")


def test_trail_in_answer_out(wheel: Wheel, tmp_path: Path) -> None:
    """The installed wheel reads a trail and says who is behind the key that was issued in it."""
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [RECORD]}))

    ingest = wheel.run("ingest", "trail.json", cwd=tmp_path)
    assert ingest.returncode == 0, ingest.stderr

    who = wheel.run("who", KEY, "--format", "json", cwd=tmp_path)
    assert who.returncode == 0, who.stderr

    answer = json.loads(who.stdout)
    assert answer["PrincipalChain"] == [ROLE, USER]
    assert (answer["AccessKeyId"], answer["Principal"], answer["Evidence"]) == (KEY, ROLE, "exact")
    assert (answer["Start"], answer["End"]) == ("2026-03-04T05:06:07Z", "2026-03-04T05:21:07Z")
    assert (answer["Complete"], answer["Stop"]) == (True, "iam-user")
    assert (tmp_path / "whodunnit.db").is_file()


def test_unknown_key(wheel: Wheel, tmp_path: Path) -> None:
    """A key that the trail does not know is a sentence and exit 1, not a traceback."""
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [RECORD]}))
    ingest = wheel.run("ingest", "trail.json", cwd=tmp_path)
    assert ingest.returncode == 0, ingest.stderr

    who = wheel.run("who", "ASIAZ4ZZZZZZNOBODY01", cwd=tmp_path)
    assert who.returncode == 1, who.stderr
    assert "Traceback" not in who.stderr + who.stdout
