"""Whatever way Python code can log, a name in it is not written; and a log that cannot be written stops nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from secondlook.logs import ALLOWED

CANARY = "Kanarienvogel"
ROOT = Path(__file__).parents[2]

WAYS = {
    "a template with arguments": "logging.getLogger('x').error('%s came', name)",
    "a finished message": "logging.getLogger('x').error(f'{name} came')",
    "a finished message with percent signs": "logging.getLogger('x').error(f'{name} 100%')",
    "percent-encoded": "logging.getLogger('x').error(f'/queue?name=%20{name}')",
    "finished, with arguments": "logging.getLogger('x').error(f'{name}: %s', 1)",
    "arguments that do not fit": "logging.getLogger('x').error('%d %d', name)",
    "a mapping": "logging.getLogger('x').error('%(who)s', {'who': name})",
    "braces": "logging.getLogger('x').error('{}' + name)",
    "an object": "logging.getLogger('x').error(ValueError(name))",
    "an exception": "raised(lambda: logging.getLogger('x').exception('%s', name))",
    "extra": "logging.getLogger('x').error('came', extra={'who': name})",
    "a stack": "logging.getLogger('x').error(name, stack_info=True)",
    "a logger of that name": "logging.getLogger(f'x.{name}').error('came')",
    "code of that name": "exec(compile('logging.getLogger(chr(120)).error(1)', name, 'exec'))",
    "the root": "logging.error(name)",
    "a warning": "warnings.warn(name)",
    "standard error": "print(name, file=sys.stderr)",
    "a printed traceback": "raised(traceback.print_exc)",
    "an exception that a destructor raised": "Falls(); gc.collect()",
    "a thread": "t = threading.Thread(target=fail); t.start(); t.join()",
    "a task": "asyncio.run(forgotten())",
    "a field of ours": "structlog.get_logger().error('came', name=name)",
    "an exception of ours": "raised(lambda: structlog.get_logger().exception('came', stack=name))",
    "an access log": "logging.getLogger('uvicorn.access').error('%s - %s', name, name)",
    "nobody caught it": "fail()",
}

PROGRAM = """
import asyncio, gc, logging, sys, threading, traceback, warnings
import structlog
from secondlook import logs

name = "Kanarienvogel"

def fail(): raise ValueError(name)

def raised(then):
    try: fail()
    except ValueError: then()

class Falls:
    def __del__(self): fail()

async def forgotten():
    task = asyncio.ensure_future(failing())
    await asyncio.sleep(0)
    del task

async def failing(): fail()

logs.set_up("worker")
structlog.get_logger().info("begun")
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a process wrote, by the way of logging. All in one process but the last, which ends it."""
    folder = tmp_path_factory.mktemp("logs")
    mark = "structlog.get_logger().info('way', count={})"
    ways = "\n".join(f"{mark.format(number)}\n{code}" for number, code in enumerate(WAYS.values()))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + ways], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.stdout == ""
    parts = done.stderr.split('"event": "way"')
    return dict(zip(WAYS, parts[1:], strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_a_name_is_not_written(written: dict[str, str], way: str) -> None:
    assert CANARY not in written[way]
    _rest_of_the_mark, *said = written[way].splitlines()
    assert [line for line in said if line.endswith("}")], "something was logged, so that this could have shown it"


def test_every_line_is_json_with_fields_of_the_list(written: dict[str, str]) -> None:
    lines = [line for part in written.values() for line in part.splitlines()[1:-1]]
    assert lines
    assert set().union(*(json.loads(line) for line in lines)) <= ALLOWED


def test_what_we_log_ourselves_is_a_constant_sentence_with_fields_of_the_list() -> None:
    found = 0
    for path in (
        file for room in ("secondlook", "workers", "activities", "workflows") for file in (ROOT / room).rglob("*.py")
    ):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if not isinstance(call.func.value, ast.Name) or call.func.value.id not in ("log", "logger"):
                continue
            found += 1
            assert len(call.args) == 1 and isinstance(call.args[0], ast.Constant), f"{path}, line {call.lineno}"
            assert {each.arg for each in call.keywords} <= ALLOWED, f"{path}, line {call.lineno}"
    assert found > 10


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    program = PROGRAM + "\nfor _ in range(1000): structlog.get_logger().info('said')\nprint('done')"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=full, check=False)
    assert (done.returncode, done.stdout) == (0, b"done\n")
