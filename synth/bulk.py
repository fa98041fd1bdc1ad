"""Large trails for benchmarks, written fast: records are filled-in texts, not simulated ones.

Sizes are those of real trails: about 1.5 kB a record, gzip about 8 to 1, thousands of principals, sessions that are
opened in chains up to four deep and used within the hour.
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
_REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "eu-central-1")
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
        self.open: deque[Actor] = deque(maxlen=4000)

    def actor(self, rng: random.Random, now: int) -> Actor:
        """Give who calls now: in most cases a session of the last hour."""
        while self.open and self.open[0].start < now - 3600:
            self.open.popleft()
        if self.open and rng.random() < 0.7:  # noqa: PLR2004 -- most calls are made by sessions
            return self.open[rng.randrange(len(self.open))]
        return self.users[rng.randrange(len(self.users))]


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
        parts: list[str] = []
        for at in range(count):
            now = first + int(span * at / count)
            scene = (account.number, region, moments.iso(now), noise[64 * at : 64 * at + 64])
            actor = account.actor(rng, now)
            if rng.random() < self.shape.share:
                parts.append(self._assume(account, actor, now, scene))
            else:
                parts.append(bulk_texts.event(actor, scene, rng))
        return f'{{"Records":[{",".join(parts)}]}}'.encode()

    def _assume(self, account: _Account, parent: Actor, now: int, scene: bulk_texts.Scene) -> str:
        if parent.depth >= _DEEPEST:
            parent = self.rng.choice(account.users)
        role = self.rng.choice(account.roles)
        child = bulk_texts.session(role, parent, now, self.rng)
        account.open.append(child)
        if self.issued % self.every == 0:
            self.sample[child.key] = child.depth
        self.issued += 1
        return bulk_texts.assume_role(parent, child, scene, now, self.rng)
