"""What ``secondlook load`` shows while it works: a bar with rate and time left, or plain lines without a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from secondlook.intake.files import LoadProgress

_PLAIN_EVERY_SECONDS = 10.0


@contextmanager
def shown(console: Console, files: Sequence[Path]) -> Iterator[Callable[[LoadProgress], None]]:
    """Give the function that a load tells its progress to."""
    if console.is_terminal:
        with _bar(console) as progress:
            yield _on_terminal(progress)
    else:
        yield _in_lines(console, several=len(files) > 1)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[lines]} lines, {task.fields[rate]}/s"),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=console,
    )


def _on_terminal(progress: Progress) -> Callable[[LoadProgress], None]:
    begun = time.monotonic()
    tasks = {}

    def tell(now: LoadProgress) -> None:
        if now.path not in tasks:
            name = "standard input" if now.bytes_total is None else now.path.name
            tasks[now.path] = progress.add_task(name, total=now.bytes_total, lines=0, rate=0)
        rate = round(now.counts.read / max(time.monotonic() - begun, 0.001))
        progress.update(tasks[now.path], completed=now.bytes_read or 0, lines=now.counts.read, rate=rate)

    return tell


def _in_lines(console: Console, *, several: bool) -> Callable[[LoadProgress], None]:
    begun = told = time.monotonic()

    def tell(now: LoadProgress) -> None:
        nonlocal told
        if time.monotonic() - told < _PLAIN_EVERY_SECONDS:
            return
        told = time.monotonic()
        rate = now.counts.read / (told - begun)
        share = (
            f", {100 * now.bytes_read // now.bytes_total} % of the file" if now.bytes_total and now.bytes_read else ""
        )
        name = f"{now.path}: " if several else ""
        console.print(f"{name}{now.counts.read} lines read, {rate:.0f}/s{share}", highlight=False)

    return tell
