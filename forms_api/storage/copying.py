"""Every row of one store into another, in one transaction, and whether both hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from forms_api.storage import NotEmpty
from forms_api.storage.schema import list_tables
from forms_api.storage.turn import Connection, Turn

ROWS_AT_ONCE = 500
LEFT = frozenset({"charges", "moved"})
"""What stays behind: limits, which run out within the hour, and what a store says of itself."""
TABLES = [told for told in list_tables() if told[0] not in LEFT]


class Differs(Exception):
    """A table did not arrive as it left."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


Sums = dict[str, tuple[int, str]]
"""Table → how many rows, and the SHA-256 of them all in the order of their keys."""


def copy_tables(source: Connection, turn: Turn) -> Sums:
    """Write every row of a source that stands still into an empty store. Raises NotEmpty; Differs, and nothing is kept."""
    for table, _, _ in TABLES:
        if turn.first(f"select 1 as found from {table} limit 1"):  # noqa: S608 - our words
            raise NotEmpty(table)
    sent = {table: _copy_table(source, turn, table, key, columns) for table, key, columns in TABLES}
    arrived = sum_tables(turn.connection)
    for table, total in sent.items():
        if arrived[table] != total:
            raise Differs(table)
    return sent


def sum_tables(connection: Connection) -> Sums:
    """Return what every table holds."""
    sums: Sums = {}
    for table, key, columns in TABLES:
        digest, number = hashlib.sha256(), 0
        for values in _walk(connection, table, key, columns):
            digest.update(repr(values).encode())
            number += 1
        sums[table] = number, digest.hexdigest()
    return sums


def _copy_table(
    source: Connection, turn: Turn, table: str, key: tuple[str, ...], columns: tuple[str, ...]
) -> tuple[int, str]:
    marks = ", ".join("?" * len(columns))
    statement = f"insert into {table} ({', '.join(columns)}) values ({marks})"  # noqa: S608 - our words
    digest, number = hashlib.sha256(), 0
    for values in _walk(source, table, key, columns):
        digest.update(repr(values).encode())
        number += 1
        if number % ROWS_AT_ONCE:
            turn.write(statement, *values)
        else:
            _ = turn.execute(statement, values).rowcount  # waits, so that not all of it is on its way at once
    return number, digest.hexdigest()


def _walk(
    connection: Connection, table: str, key: tuple[str, ...], columns: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows in the order of their keys, some at a time."""
    names, order = ", ".join(columns), ", ".join(key)
    after, values = "", tuple[Any, ...]()
    while True:
        query = f"select {names} from {table} {after} order by {order} limit {ROWS_AT_ONCE}"  # noqa: S608 - our words
        rows = connection.execute(query, values).fetchall()
        yield from (tuple(row[column] for column in columns) for row in rows)
        if len(rows) < ROWS_AT_ONCE:
            return
        after = f"where ({order}) > ({', '.join('?' * len(key))})"
        values = tuple(rows[-1][column] for column in key)
