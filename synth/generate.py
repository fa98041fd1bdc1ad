"""Random, plausible organizations: a walk of actions through a few accounts, the nasty ones included.

Made for property tests: some 30 to 200 records in milliseconds, the same for the same seed and size.
"""

from collections.abc import Callable

from synth import walk_changes, walk_sessions
from synth.ledger import Refused
from synth.organization import Account, Organization
from synth.walk import NAMES, Size, Walk

_ROLES = ("Deploy", "Read", "Admin", "Data", "Batch")


def organization(seed: int, size: Size | int = 60) -> Organization:
    """Give an organization after a random walk; `size` is the number of steps, or all knobs."""
    walk = Walk(seed, Size(steps=size) if isinstance(size, int) else size)
    for account in walk.accounts:
        _found(walk, account)
    actions = [action for action, weight in _ACTIONS.items() for _ in range(weight)]
    if walk.size.ambiguous:
        actions.append(walk_sessions.collide)
    for _ in range(walk.size.steps):
        walk.org.tick(walk.rng.choice((0, 0, 1, 1, 2, 7, 60, 400)))
        try:
            walk.rng.choice(actions)(walk)
        except Refused:
            # A dead key or a call that AWS denies: what there is to record of it is recorded.
            continue
    return walk.org


def _found(walk: Walk, account: Account) -> None:
    """Give an account its first users and roles, some of them older than the trail."""
    admin, trusts = walk.admins[account.number], {one.number for one in walk.accounts}
    for name in walk.rng.sample(NAMES, 2):
        if walk.size.older and walk.happens(0.4):
            walk.keep(account, account.existing_key(account.existing_user(name, tags=walk.tags())))
        else:
            user = account.create_user(name, by=admin, tags=walk.tags())
            walk.keep(account, account.create_access_key(user, by=admin))
    for name in walk.rng.sample(_ROLES, 2):
        if walk.size.older and walk.happens(0.3):
            account.existing_role(name, tags=walk.tags(), trusts=trusts)
        else:
            account.create_role(name, by=admin, tags=walk.tags(), trusts=trusts)


_ACTIONS: dict[Callable[[Walk], None], int] = {
    walk_sessions.use: 6,
    walk_sessions.assume: 12,
    walk_sessions.token: 2,
    walk_sessions.root: 1,
    walk_sessions.console: 3,
    walk_sessions.signin_token: 1,
    walk_sessions.federate: 2,
    walk_sessions.pool: 1,
    walk_sessions.portal: 2,
    walk_sessions.workload: 4,
    walk_sessions.linked: 1,
    walk_sessions.unseen: 1,
    walk_sessions.forward: 3,
    walk_sessions.stack: 3,
    walk_changes.tag: 4,
    walk_changes.tag_provider: 1,
    walk_changes.mint: 2,
    walk_changes.switch_off: 1,
    walk_changes.rename: 2,
    walk_changes.again_user: 1,
    walk_changes.again_role: 1,
    walk_changes.close: 1,
    walk_changes.password: 1,
    walk_changes.denied_change: 1,
}
"""Each action, and how often it is drawn beside the others."""
