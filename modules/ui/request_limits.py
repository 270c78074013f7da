"""How large the head of a request may be, and of how many parts an upload; refused with a sentence before
anything else looks at it.

Gradio and the libraries below it take a head of any size up to their own limit, at which they answer with an
error of theirs or none at all; a long query, or a long boundary of a form, became a fault of the server.
"""

from python_multipart.multipart import parse_options_header
from starlette.types import Scope

from modules.ui.gate import InputRefused

PATH_BYTES = 4096
QUERY_BYTES = 8192
HEADERS = 100
HEADER_BYTES = 32 * 2**10
"""All together. Proxies and browsers send some 2 to 8 KB, most of it cookies."""
COOKIE_BYTES = 16 * 2**10
PARTS = 64
"""Of an upload. The page sends ten pictures together at most."""
_BOUNDARY_BYTES = 70
"""RFC 2046."""


def check_head(scope: Scope) -> None:
    """Raises InputRefused when the address or the headers of a request are larger than any page sends."""
    if len(scope.get("raw_path") or scope["path"].encode()) > PATH_BYTES:
        raise InputRefused(414, f"The address of the request is longer than {PATH_BYTES:,} characters.")
    if len(scope["query_string"]) > QUERY_BYTES:
        raise InputRefused(414, f"The query of the request is longer than {QUERY_BYTES:,} characters.")
    headers = scope["headers"]
    if len(headers) > HEADERS:
        raise InputRefused(431, f"The request has more than {HEADERS} headers.")
    if sum(len(value) for name, value in headers if name == b"cookie") > COOKIE_BYTES:
        raise InputRefused(431, "The cookies of this site are larger than it ever sets. Delete them, please.")
    if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES:
        raise InputRefused(431, f"The headers of the request are larger than {HEADER_BYTES // 1024} KB.")


class PartCount:
    """Counts the parts of an upload as its bytes pass. Raises InputRefused for what is no form with files."""

    def __init__(self, scope: Scope) -> None:
        kind = dict(scope["headers"]).get(b"content-type", b"")
        kind, told = parse_options_header(kind)
        boundary = told.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= _BOUNDARY_BYTES:
            raise InputRefused(415, "A file is uploaded as multipart/form-data with a boundary.")
        self._mark, self._tail, self._count = b"--" + boundary, b"", 0

    def add(self, data: bytes) -> None:
        """Raises InputRefused when there are too many."""
        seen = self._tail + data
        self._count += seen.count(self._mark)
        self._tail = seen[max(0, len(seen) - len(self._mark) + 1) :]
        if self._count > PARTS + 1:  # the last one ends the form
            raise InputRefused(413, f"More than {PARTS} files are uploaded at once. Send fewer, please.")
