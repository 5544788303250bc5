"""The `forms-api` command with a store that does not wait for the disk: what trials of durability must find wanting."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from forms_api.__main__ import main
from forms_api.storage import sqlite

_connect = sqlite._connect


def connect_weakly(path: Path) -> sqlite3.Connection:
    """Open the database with synchronous=NORMAL: a commit returns before its bytes are safe."""
    connection = _connect(path)
    connection.execute("pragma synchronous = normal")
    return connection


if __name__ == "__main__":
    sqlite._connect = connect_weakly
    main()
