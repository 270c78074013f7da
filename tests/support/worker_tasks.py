"""Things a worker process is asked to do in tests: importable by name from the child."""

import os
import sys
import tempfile
import time
from pathlib import Path

from modules.edit.errors import StudioError
from modules.media.atomic import replacing
from modules.media.errors import MediaError
from modules.media.sandbox.limits import resident_mb


def add(a, b):
    return a + b


def process_id():
    return os.getpid()


def environment():
    return dict(os.environ)


def wait(seconds, started=None):
    if started:
        Path(started).touch()
    time.sleep(seconds)
    return seconds


def wait_for(name, started):
    """True once the file `name` is there."""
    Path(started).touch()
    while not Path(name).exists():
        time.sleep(0.01)
    return True


def spin():
    while True:
        pass


def take_memory(mb):
    held = [bytearray(b"x") * 2**20 for _ in range(mb)]
    return len(held)


def crash():
    os.abort()


def leave(code):
    sys.stdout.flush()
    os._exit(code)


def say_something_to_the_user():
    raise MediaError("This clip is upside down. Turn it.", field="video_url")


def plain_error():
    raise StudioError("A plain one.")


def bug():
    raise RuntimeError("an internal detail")


def write_slowly(target):
    with replacing(target) as temporary:
        temporary.write_bytes(b"half")
        Path(str(target) + ".started").touch()
        time.sleep(60)


def litter():
    handle, name = tempfile.mkstemp()
    os.close(handle)
    return name


def report(steps, pause=0.0, on_progress=None):
    for step in range(steps):
        on_progress(step / steps)
        time.sleep(pause)
    return steps


class Trap:
    def __reduce__(self):
        return os.system, ("echo trapped",)


def answer_with_code():
    return Trap()


def keep_and_forget(mb):
    """Fill memory with what refers to itself, and lose it: what a decoder's pictures and their data do."""
    circle = [bytearray(b"x") * 2**20 for _ in range(mb)]
    circle.append(circle)


def resident():
    return resident_mb()


def meet(folder, name, count):
    """Wait until `count` calls are at work at once; this process."""
    (folder / name).touch()
    while len(list(folder.iterdir())) < count:
        time.sleep(0.01)
    return os.getpid()
