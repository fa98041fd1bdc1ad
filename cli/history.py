"""`whodunnit history`: what happened to a user, role or provider."""

from typing import Annotated

import typer

from cli.options import Database, Format, Store, Verbose, opened
from cli.output import screen, show

EXAMPLES = (
    "whodunnit history bob",
    "whodunnit history arn:aws:iam::111122223333:role/Deployer",
    "whodunnit history 111122223333/bob --format csv",
)


def history(
    id: Annotated[  # noqa: A002 -- the argument's name in the help
        str,
        typer.Argument(
            metavar="ID",
            help="ARN, user or role id, provider ARN, name, or ACCOUNT/NAME.",
            show_default=False,
        ),
    ],
    form: Format = "text",
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Show names, tags, keys, logins and policies of a user, role or provider over time.

    Behind each line are its event and who did it, as of then; what was refused is shown with its error. A user's
    history covers all names that it bore. Not found, or several fit: exit code 1.
    """
    del verbose
    from queries.history import history as ask
    from render.history import format_history

    with opened(store, database) as graph:
        told = ask(graph, id)
    show(format_history(told, form, screen()))
