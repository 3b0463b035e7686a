"""One process's part in the keys of a record: compared at its start, shown as known while it lives, learned when added.

Web, worker and ``load`` hold one each; what only looks once (``audit verify``, ``scale``, the supervisor) asks
``admitted``. A process without the record's keys never gets past ``enter``. It never makes a key but beside a new,
empty, embedded record.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, select

from secondlook.records import keys
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import KeysError, Vault, new_key, read_keys, write_key_file
from secondlook.records.keys import WrongKeys
from secondlook.records.resealing import reseal_some
from secondlook.records.schema import cases

log = structlog.get_logger()

EVERY_SECONDS: Final = 5.0
_AWAY_SECONDS: Final = 1.0
_BETWEEN_SECONDS: Final = 0.05
"""Between the few rows that are sealed again at a time: people and events come first."""
_PROOF_SECONDS: Final = 3600.0


class Keyring:
    """Holds a process's keys. ``key_file``, where its keys stand in one, is read again when it changes.

    With ``reseals`` it also seals again, a few rows at a time, what stands under older keys.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        role: str,
        key_file: Path | None,
        *,
        reseals: bool = False,
        every: float = EVERY_SECONDS,
    ) -> None:
        self.vault = vault
        self.wrong: WrongKeys | None = None
        self._database, self._role, self._key_file = database, role, key_file
        self._reseals, self._every = reseals, every
        self._holder = f"p_{secrets.token_hex(8)}"
        self._read_at: int | None = None
        self._entered = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def entered(self) -> bool:
        """Whether this process's keys are known to be the record's."""
        return self._entered and self.wrong is None

    def enter(self) -> None:
        """Compare the keys with the record's. Raises WrongKeys, DatabaseUnavailable or UnitFailed."""
        self._database.write_now(self._look, within=_PROOF_SECONDS)
        self._entered = True

    def keep(self, wrong: Callable[[], None]) -> None:
        """Enter, and show from time to time what this process knows, on a thread; a record that is away is waited for.

        ``wrong`` is called when the keys turn out to be not the record's; the process must then end, and says
        why: the attribute of that name holds it.
        """
        if self._look_once(wrong):
            self._thread = threading.Thread(target=self._keep, args=(wrong,), name="keyring", daemon=True)
            self._thread.start()

    def leave(self) -> None:
        """This process seals nothing any more. Before the database is closed."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with suppress(DatabaseUnavailable, UnitFailed):
            self._database.write_now(lambda connection: keys.forget(connection, self._holder))

    def _keep(self, wrong: Callable[[], None]) -> None:
        looked = time.monotonic()
        pause = self._every if self._entered else _AWAY_SECONDS
        while not self._stop.wait(pause):
            pause = self._every if self._entered else _AWAY_SECONDS
            if time.monotonic() - looked >= pause:
                looked = time.monotonic()
                if not self._look_once(wrong):
                    return
            if self._reseals and self._entered and self._reseal_some():
                pause = _BETWEEN_SECONDS

    def _look_once(self, wrong: Callable[[], None]) -> bool:
        try:
            self.enter()
        except WrongKeys as problem:
            log.critical("the keys of this process are not the record's", error=str(problem))
            self.wrong = problem
            wrong()
            return False
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("the record's keys cannot be read now", error=str(problem))
        return True

    def _reseal_some(self) -> bool:
        try:
            return self._database.write_now(
                lambda connection: reseal_some(connection, self.vault, keys.clock(connection))
            )
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("nothing can be sealed again now", error=str(problem))
            return False

    def _look(self, connection: Connection) -> None:
        now = keys.clock(connection)
        self._read_file()
        keys.admit(connection, self.vault, now)
        keys.show(connection, self.vault, self._holder, self._role, now)
        promoted = keys.promote(connection, self.vault, now)
        if promoted is not None:
            log.warning("another key seals from now on", key_id=promoted)

    def _read_file(self) -> None:
        if self._key_file is None:
            return
        try:
            changed = self._key_file.stat().st_mtime_ns
            if changed == self._read_at:
                return
            self.vault.learn(read_keys(self._key_file.read_text().strip()))
            self._read_at = changed
        except (OSError, KeysError) as problem:
            log.warning("the key file cannot be read", error=type(problem).__name__)


@contextmanager
def held(database: Database, vault: Vault, role: str, key_file: Path | None) -> Iterator[None]:
    """For a command that seals: a keyring while it lasts. Raises WrongKeys, DatabaseUnavailable or UnitFailed."""
    keyring = Keyring(database, vault, role, key_file)
    keyring.enter()
    keyring.keep(lambda: None)
    try:
        yield
    finally:
        keyring.leave()


def admitted(database: Database, vault: Vault) -> Vault:
    """For a process that seals little or nothing: compare once. Raises WrongKeys, DatabaseUnavailable or UnitFailed."""
    database.write_now(lambda connection: keys.admit(connection, vault, keys.clock(connection)), within=_PROOF_SECONDS)
    return vault


def make_keys_for_new(database: Database, key_file: Path) -> None:
    """Make the key file of an embedded record in which nothing stands yet. One that exists stays as it is."""

    def make(connection: Connection) -> None:
        # Under the record's write lock, so that two processes do not make two keys.
        nothing_sealed = connection.execute(select(cases.c.id).limit(1)).first() is None
        if not key_file.exists() and nothing_sealed and not keys.all_keys(connection):
            write_key_file(key_file, new_key("k1"))

    if database.sqlite and not key_file.exists():
        database.write_now(make)
