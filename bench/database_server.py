"""A real PostgreSQL server for tests and trials, from Debian's package: a cluster of its own in a folder of its own, gone at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from forms_api.storage.postgres import PostgresStore
from forms_api.storage.schema import list_tables

SUPERUSER = "postgres"
HOSTS = "10.213.0.0/16"
"""Where other hosts of a trial may come from."""
NOT_DURABLE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""For tests of what is stored, not of what survives; the store turns `synchronous_commit` on for itself."""


@dataclass
class DatabaseServer:
    """A running server on 127.0.0.1 (or on every address) and on a socket in its folder."""

    folder: Path
    port: int
    _numbers: count[int] = field(default_factory=count)

    @classmethod
    def start(cls, *settings: str, durable: bool = False) -> DatabaseServer:
        """Make a cluster and start it."""
        folder = Path(tempfile.mkdtemp(prefix="forms-postgres-"))
        if os.geteuid() == 0:
            shutil.chown(folder, SUPERUSER, SUPERUSER)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            server = cls(folder, probe.getsockname()[1])
        initdb = ("--auth=trust", f"--username={SUPERUSER}", "--encoding=UTF8", "--no-locale", "--no-sync")
        server.run("initdb", "-D", str(folder / "data"), *initdb)
        told = (
            "listen_addresses=127.0.0.1",
            f"port={server.port}",
            f"unix_socket_directories={folder}",
            "max_connections=200",
        )
        lines = [*told, *(() if durable else NOT_DURABLE), *settings]
        with (folder / "data" / "pg_hba.conf").open("a") as handle:
            handle.write(f"host all all {HOSTS} trust\n")
        with (folder / "data" / "postgresql.conf").open("a") as handle:
            handle.writelines(f"{name} = '{value}'\n" for name, _, value in (line.partition("=") for line in lines))
        server.control("start")
        with psycopg.connect(server.address("postgres"), autocommit=True) as connection:
            connection.execute("create database shared")
        PostgresStore(server.address("shared")).close()
        return server

    def control(self, *words: str) -> None:
        """Start, stop or restart the server and wait for it."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-s", *words)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, as a user that it accepts."""
        as_user = ["setpriv", f"--reuid={SUPERUSER}", f"--regid={SUPERUSER}", "--clear-groups"]
        found = [str(_find_programs() / program), *arguments]
        done = subprocess.run(  # noqa: S603 - our own words
            [*as_user, *found] if os.geteuid() == 0 else found,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def address(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def make_database(self) -> str:
        """Make a database with all tables and nothing in them, and return its address."""
        address = self._make()
        PostgresStore(address).close()
        return address

    def make_bare_database(self) -> str:
        """Make a database with nothing in it, and return its address."""
        return self._make()

    def empty_database(self) -> str:
        """Return the address of the one database that tests share, emptied for the next."""
        with psycopg.connect(self.address("shared")) as connection:
            for table, _, _ in list_tables():
                connection.execute(f"delete from {table}")  # noqa: S608 - our words
        return self.address("shared")

    def drop_database(self, address: str) -> None:
        """Take a database away, whoever is connected to it."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"drop database {address.rpartition('/')[2]} with (force)")

    def _make(self) -> str:
        name = f"county{next(self._numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return self.address(name)

    def stop(self) -> None:
        """End the server and take its folder away."""
        self.control("stop", "-m", "immediate")
        shutil.rmtree(self.folder)


def _find_programs() -> Path:
    """Return the folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is missing. Run: requirements/system.sh postgresql")
    return found[-1]
