"""`whodunnit sessions`: sessions of a principal, a person, an account, a time or a tag."""

from typing import Annotated

import typer

from cli.options import Database, Format, From, Store, To, Verbose, opened
from cli.output import say, screen, show
from ingest.errors import NotFound

EXAMPLES = (
    "whodunnit sessions --principal Deployer --from yesterday",
    "whodunnit sessions --person alice@example.com --format csv",
    "whodunnit sessions --account 111122223333 --tag team=platform",
)


def sessions(
    *,
    principal: Annotated[
        str, typer.Option(metavar="ID", help="ARN, id or name of a user, role or session.", show_default=False)
    ] = "",
    person: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="User id or name of Identity Center, mail address, SAML or OIDC subject, source identity; chained"
            " sessions too.",
            show_default=False,
        ),
    ] = "",
    account: Annotated[str, typer.Option(metavar="NUMBER", help="Account of the session.", show_default=False)] = "",
    since: From = "",
    until: To = "",
    tag: Annotated[
        str, typer.Option(metavar="K=V", help="Tag passed to the session or inherited by it.", show_default=False)
    ] = "",
    forwarded: Annotated[
        bool, typer.Option("--forwarded", help="List forwarded sessions one by one.", show_default=False)
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    form: Format = "text",
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """List sessions, newest first, with what issued their keys.

    Given several options, a session must fit all. What services did with the rights of a long-lived key (forwarded
    sessions) is one row a principal and service. None fits: exit code 1.
    """
    del verbose
    from queries.coverage import coverage
    from queries.sessions import Wanted
    from queries.sessions import sessions as ask
    from render.sessions import format_sessions

    wanted = Wanted(principal, person, account, since, until, tag, forwarded)
    with opened(store, database) as graph:
        found = ask(graph, wanted, limit)
        covered = None if found else coverage(graph)
    show(format_sessions(found, form, screen()))
    if len(found) == limit:
        say(f"These are the newest {limit:,}; --limit gives more.")
    if covered:
        raise NotFound(f"no session fits: {covered}")
