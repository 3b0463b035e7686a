"""A workflow that does what workflow code must not, in a file that is not passed through: the guard has to see it."""

from __future__ import annotations

import datetime
import os
import random
import time
import uuid

from temporalio import workflow


@workflow.defn
class Forbidden:
    """Does the one thing that it is asked for."""

    @workflow.run
    async def run(self, what: str) -> str:
        if what == "clock":
            return str(datetime.datetime.now(datetime.UTC))
        if what == "seconds":
            return str(time.time())
        if what == "uuid":
            return str(uuid.uuid4())
        if what == "random":
            return str(random.random())
        if what == "environment":
            return os.environ["HOME"]
        if what == "file":
            return open("/etc/hostname").read()  # noqa: ASYNC230, PTH123
        return what
