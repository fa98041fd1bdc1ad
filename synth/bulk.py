"""Large trails for benchmarks, written fast: records are filled-in texts, not simulated ones.

Sizes are those of real trails: about 1.5 kB a record, gzip about 8 to 1, thousands of principals, sessions that are
opened in chains up to four deep and used within the hour. Each user is at home in one Region, and so are the sessions
that go back to it; every fourth call or less goes to us-east-1, where IAM and other global services record. A key is
so seen in two Regions, as in real trails (283 places of 139 keys in one of them), and whoever calls in a file does so
several times.
"""

import random
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec

from synth import bulk_texts, identifiers, moments
from synth.bulk_texts import Actor
from synth.delivery import log_path

_START = 1_772_438_400
_GLOBAL = "us-east-1"
_REGIONS = (_GLOBAL, "eu-west-1", "ap-southeast-2", "eu-central-1")
_FROM_ELSEWHERE = 0.5
"""Share of the calls in the global Region that are made by those at home in any Region."""

_CALLS_EACH = 9
"""Records of one file for each who calls in it: 2,900 for 311 in the real trail."""

_DEEPEST = 4
_SAMPLE = 10_000


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a bulk trail is like.

    `share` of the events issue credentials (real trails: about 0.025), files hold `per_file` records, `principals`
    users and as many roles act in `accounts` accounts, and `pace` events a second fall in the whole organization.
    """

    events: int
    share: float = 0.025
    per_file: int = 150
    accounts: int = 4
    principals: int = 2000
    pace: float = 8.0
    seed: int = 1


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: counts, bytes before and after gzip, and a sample of issued keys with the depth of each chain.

    `sample` is spread evenly over the trail, at most some ten thousand keys; depth 1 is a role that a user assumed.
    """

    folder: Path
    files: int
    events: int
    issued: int
    size: int
    packed: int
    sample: dict[str, int]


class _Account:
    """One account of a bulk trail: its users, its roles and the sessions that are open."""

    def __init__(self, number: str, shape: Shape, rng: random.Random) -> None:
        self.number = number
        count = max(1, shape.principals // shape.accounts)
        self.users = [bulk_texts.user(number, at, rng) for at in range(count)]
        self.roles = [bulk_texts.role(number, at, rng) for at in range(count)]
        self.open: dict[str, deque[Actor]] = {region: deque(maxlen=1000) for region in _REGIONS}

    def actor(self, rng: random.Random, now: int, region: str) -> tuple[Actor, str]:
        """Give who calls in a Region now, in most cases a session of the last hour, and where it is at home."""
        home = rng.choice(_REGIONS) if region == _GLOBAL and rng.random() < _FROM_ELSEWHERE else region
        alive = self.open[home]
        while alive and alive[0].start < now - 3600:
            alive.popleft()
        if alive and rng.random() < 0.7:  # noqa: PLR2004 -- most calls are made by sessions
            return alive[rng.randrange(len(alive))], home
        return self.user(rng, home), home

    def user(self, rng: random.Random, home: str) -> Actor:
        """Give a user who is at home in a Region (if there is one for each)."""
        at_home = self.users[_REGIONS.index(home) :: len(_REGIONS)] or self.users
        return at_home[rng.randrange(len(at_home))]


def bulk_trail(folder: Path, shape: Shape) -> Bulk:
    """Write a trail of this shape as delivery files under `folder`; the same shape gives the same files."""
    from isal import igzip

    writer = _Writer(shape)
    files = size = packed = 0
    for name, body in writer.bodies():
        squeezed = igzip.compress(body, 1)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(squeezed)
        files, size, packed = files + 1, size + len(body), packed + len(squeezed)
    return Bulk(
        folder=folder,
        files=files,
        events=shape.events,
        issued=writer.issued,
        size=size,
        packed=packed,
        sample=writer.sample,
    )


def bulk_sessions(folder: Path, count: int, *, seed: int = 1, per_file: int = 1000) -> Bulk:
    """Write a trail of `count` AssumeRole records and no others, chained up to four deep."""
    return bulk_trail(folder, Shape(events=count, share=1.0, per_file=per_file, seed=seed))


class _Writer:
    """Makes the files of one bulk trail, one after the other."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.rng = shape, random.Random(shape.seed)
        self.accounts = [_Account(identifiers.account_number(self.rng), shape, self.rng) for _ in range(shape.accounts)]
        self.issued, self.sample = 0, dict[str, int]()
        self.every = max(1, int(shape.events * shape.share) // _SAMPLE)

    def bodies(self) -> Iterator[tuple[str, bytes]]:
        """Give the path and the JSON of each file; accounts and Regions take turns."""
        shape = self.shape
        for at, left in enumerate(range(shape.events, 0, -shape.per_file)):
            account = self.accounts[at % shape.accounts]
            region = _REGIONS[at // shape.accounts % len(_REGIONS)]
            first = _START + int(at * shape.per_file / shape.pace)
            delivered = moments.iso(first + 300).translate({ord("-"): None, ord(":"): None})[:13] + "Z"
            name = log_path("", (account.number, region, delivered), f"{at:016d}")
            yield name, self._body(account, region, first, min(left, shape.per_file))

    def _body(self, account: _Account, region: str, first: int, count: int) -> bytes:
        """Give the JSON of `count` records of an account and Region, from second `first` on."""
        span, rng = count * self.shape.accounts / self.shape.pace, self.rng
        noise = rng.randbytes(32 * count).hex()
        there = [account.actor(rng, first, region) for _ in range(max(2, count // _CALLS_EACH))]
        parts: list[str] = []
        for at in range(count):
            now = first + int(span * at / count)
            scene = (account.number, region, moments.iso(now), noise[64 * at : 64 * at + 64])
            actor, home = rng.choice(there)
            if rng.random() < self.shape.share:
                parts.append(self._assume(account, (actor, home), now, scene))
            else:
                parts.append(bulk_texts.event(actor, scene, rng))
        return f'{{"Records":[{",".join(parts)}]}}'.encode()

    def _assume(self, account: _Account, caller: tuple[Actor, str], now: int, scene: bulk_texts.Scene) -> str:
        parent, home = caller
        if parent.depth >= _DEEPEST:
            parent = account.user(self.rng, home)
        role = self.rng.choice(account.roles)
        child = bulk_texts.session(role, parent, now, self.rng)
        account.open[home].append(child)
        if self.issued % self.every == 0:
            self.sample[child.key] = child.depth
        self.issued += 1
        return bulk_texts.assume_role(parent, child, scene, now, self.rng)
