"""Files that a command names: looked at before anything is sent, and the result saved where it was wanted.

What would make a paid result useless at its end is found out at the beginning: a folder that is missing, full
or read-only, a file that must not be replaced.
"""

import hashlib
import itertools
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from modules.cli.exit_codes import CommandFailed, ExitCode
from modules.edit.file_names import result_name
from modules.edit.framing import Framing
from modules.edit.request import EditRequest, Problem, is_url
from modules.media.digest import sha256_of
from modules.media.read.file_types import HEAD_BYTES, Kind, demuxer_of


def refuse(field: str, sentence: str) -> CommandFailed:
    """What is raised for a file that cannot be used."""
    return CommandFailed(
        ExitCode.INPUT, f"{sentence} Nothing was sent.", problems=(Problem(field, sentence),)
    )


def source_of(name: str, field: str, kind: Kind = Kind.VIDEO) -> str:
    """The absolute path of a local file, or an address as it is. Raises CommandFailed."""
    if is_url(name):
        return name
    if not name:
        raise refuse(field, "An empty name was given where a file or an address belongs.")
    path = Path(name).expanduser()
    try:
        str(path).encode()
        if path.is_dir():
            raise refuse(field, f"{name} is a folder. Name a file in it.")
        if path.exists() and not path.is_file():  # reading it may wait for ever, and it cannot be read twice
            raise refuse(field, f"{name} is a pipe or a device. Save what it gives to a file, and name that.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except UnicodeEncodeError:
        raise refuse(field, "The name of this file is not UTF-8. Rename it.") from None
    except FileNotFoundError:
        raise refuse(field, f"There is no file {name}.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name cannot be used"
        raise refuse(field, f"{name} cannot be read: {why}.") from None
    if not head:
        raise refuse(field, f"{name} is empty.")
    if kind is Kind.VIDEO and demuxer_of(head) is None:
        raise refuse(field, f"{name} is not a video: MP4, MOV, WebM, MKV, AVI and GIF are taken.")
    return str(path.resolve())


def with_local_sources(request: EditRequest) -> EditRequest:
    """`request` with absolute paths, each of a file that can be read. Raises CommandFailed."""
    clip = request.video_url
    found = {name: source_of(name, request.field_of(name), Kind.PICTURE) for name in request.pictures()}
    return request.with_sources(found | {clip: source_of(clip, "video_url")})


def fingerprint(request: EditRequest, framing: Framing, engine: str) -> str:
    """Names what a command asks for: its options, and the content of its files. Raises CommandFailed."""
    names = {name: name if is_url(name) else _digest(name) for name in request.sources()}
    asked: dict[str, Any] = {
        "request": request.with_sources(names).to_json(),
        "framing": framing.to_json(),
        "engine": engine,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _digest(name: str) -> str:
    try:
        return sha256_of(name)
    except OSError as error:
        raise refuse("video_url", f"{name} cannot be read: {error.strerror}.") from None


class Output:
    """Where a result goes. Made before anything is sent: raises CommandFailed when it could not be written.

    `wanted`: a file, a folder, or "" for the current one. `clip` and `prompt` make the name in a folder.
    """

    def __init__(self, wanted: str, *, force: bool, clip: str = "", prompt: str = "") -> None:
        path = Path(wanted or ".").expanduser()
        try:
            str(path).encode()
            if path.is_dir():
                self._folder, self._name = path.resolve(), ""
            elif wanted.endswith(os.sep):
                raise refuse("output", f"There is no folder {wanted}. Make it first.")
            else:
                self._folder, self._name = path.parent.resolve(strict=True), path.name
        except UnicodeEncodeError:
            raise refuse("output", "The name of the output is not UTF-8.") from None
        except FileNotFoundError:
            raise refuse("output", f"There is no folder {path.parent}. Make it first.") from None
        except (OSError, ValueError, RuntimeError):
            raise refuse("output", f"{wanted} cannot be used as the output.") from None
        self._force = force
        if self._name and path.exists() and not path.is_file():  # replaced, it would be gone
            raise refuse("output", f"{wanted} is a pipe or a device. Name a file.")
        if not is_url(clip) and clip and self._name and (self._folder / self._name).resolve() == Path(clip):
            raise refuse("output", "The output is the clip itself.")
        self.name_after(clip, prompt)
        if self._name and not force and os.path.lexists(self._folder / self._name):
            raise refuse(
                "output", f"{wanted} exists already. Choose another name, or replace it with --force."
            )
        self._try_to_write()

    def name_after(self, clip: str, prompt: str) -> None:
        """Make the name of a result that was given none, as far as clip and prompt are known."""
        self._made = result_name(clip, prompt)

    def save(self, result: str) -> Path:
        """Copy `result` here, whole or not at all; where a file has come to be meanwhile, under a name with a
        number. Raises CommandFailed: the result then stays where it is."""
        part = self._folder / f".{secrets.token_hex(8)}.part"
        try:
            try:
                shutil.copyfile(result, part)
                return self._named(part)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise CommandFailed(
                ExitCode.TROUBLE,
                f"The edit is finished, but its video could not be written to {self._folder}: "
                f"{error.strerror}. It is kept as {result}.",
            ) from None

    def _named(self, part: Path) -> Path:
        target = self._folder / (self._name or self._made)
        if self._force and self._name:
            os.replace(part, target)
            return target
        for number in itertools.count(1):
            numbered = target if number == 1 else target.with_stem(f"{target.stem}-{number}")
            try:
                # Whoever was first keeps the name.
                os.close(os.open(numbered, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            except FileExistsError:
                continue
            os.replace(part, numbered)
            return numbered
        raise AssertionError("there is always another number")

    def _try_to_write(self) -> None:
        probe = self._folder / f".{secrets.token_hex(8)}.part"
        try:
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            probe.unlink()
        except OSError as error:
            raise refuse("output", f"Nothing can be written to {self._folder}: {error.strerror}.") from None
