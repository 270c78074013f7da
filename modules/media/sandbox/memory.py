"""What a worker holds of memory and no longer uses, and how it gives that back (glibc; elsewhere nothing).

A picture in 4K is 12 MB. The C library keeps freed memory in a heap for each thread of a codec, and Python
keeps what refers to itself until its collector comes; so a worker that had fitted one such clip held 480 MB
for the rest of its life.
"""

import ctypes
import gc
import sys

_ARENA_MAX = -8
"""Name of the option in glibc's malloc.h."""


def one_heap() -> bool:
    """Let all threads of this process share one heap, so that what one freed serves the others. Called before
    the first thread begins. False where the C library is another one."""
    library = _glibc()
    return library is not None and bool(library.mallopt(_ARENA_MAX, 1))


def settle() -> None:
    """What is loaded now stays: the collector passes over it from now on, so that it is quick, and so that a
    fork does not copy these pages by looking at them."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Return to the system what is not used now. A few milliseconds after `settle`."""
    gc.collect()
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
    except OSError:
        return None
