"""The third verdict: what this process cannot read or judge. It is never an outcome of an event.

Raised on the way from the record to a judgement, by whatever meets a key that is not here, damaged bytes, or a code of
a newer release. The event stays pending; whoever can read it judges it. The code is all that may be shown.
"""


class CannotRead(Exception):
    """``code`` says why: ``unknown_key``, ``damaged``, ``unknown_type``, ``unknown_stage``, ``unknown_fact``, ..."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
