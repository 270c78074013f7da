"""The Dockerfile and .dockerignore, read as far as this project uses them: tests build no image."""

import json
import re
import shutil
from pathlib import Path, PurePosixPath

from tests.support.studio_app import PROJECT

DOCKERFILE = PROJECT / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """Every instruction with what follows it, in order."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text("utf-8"))
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def values(name: str) -> list[str]:
    """What follows each instruction of that name."""
    return [rest for one, rest in instructions() if one == name]


def environment() -> dict[str, str]:
    """What ENV sets."""
    return dict(pair.split("=", 1) for line in values("ENV") for pair in line.split())


def health_command() -> list[str]:
    """The command of HEALTHCHECK."""
    return json.loads(values("HEALTHCHECK")[0].partition("CMD ")[2])


def copies() -> list[tuple[list[str], str]]:
    """The sources and the target of each COPY."""
    return [(parts[:-1], parts[-1]) for parts in (line.split() for line in values("COPY"))]


def _expression(pattern: str) -> re.Pattern[str]:
    made = re.escape(pattern.rstrip("/")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.compile(made)


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps the file `path` out: the last line that fits it or a folder above it."""
    kept_out = False
    places = [str(one) for one in (PurePosixPath(path), *PurePosixPath(path).parents) if str(one) != "."]
    for line in (PROJECT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        if any(_expression(pattern.removeprefix("!")).fullmatch(place) for place in places):
            kept_out = not pattern.startswith("!")
    return kept_out


def files_sent() -> list[str]:
    """The files of this project that a build would be sent, as they are named in it."""
    found = []
    for top in sorted(PROJECT.iterdir()):
        if top.name.startswith((".git", ".venv")) or ignored(f"{top.name}/x" if top.is_dir() else top.name):
            continue
        inside = sorted(top.rglob("*")) if top.is_dir() else [top]
        names = [one.relative_to(PROJECT).as_posix() for one in inside if one.is_file()]
        found += [name for name in names if not ignored(name)]
    return found


def lay_out(folder: Path) -> Path:
    """The work folder of the image under `folder`, as COPY fills it."""
    workdir, sent = folder / values("WORKDIR")[0].strip("/"), files_sent()
    for sources, target in copies():
        for source in sources:
            for name in [one for one in sent if one == source or one.startswith(f"{source}/")]:
                place = workdir / target / (Path(name).relative_to(source) if name != source else name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(PROJECT / name, place)
    return workdir
