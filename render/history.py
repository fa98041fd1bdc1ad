"""A history as text, JSON, or its lines as a table."""

import msgspec

from queries.deeds import Line
from queries.past import Borne, Held, History
from render.safe import safe, safe_json
from render.screen import Screen
from render.table import Form, format_table, format_text


def format_history(told: History, form: Form, screen: Screen) -> str:
    """The whole history as text or one JSON object; as CSV or JSON lines only what happened, one thing a line."""
    if form == "json":
        return safe_json(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    if form != "text":
        return format_table(told.lines, Line, form, screen)
    called = f"{told.arn} ({told.id})" if told.arn and told.arn != told.id else told.id
    parts = [
        safe(f"{told.kind} {called}"),
        format_text(told.names, Borne, screen),
        format_text(told.access_keys, Held, screen),
        format_text(told.lines, Line, screen) or "Nothing that was read tells of a change.",
    ]
    return "\n\n".join(part for part in parts if part)
