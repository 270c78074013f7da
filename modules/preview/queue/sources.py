"""From the addresses in a request to local files: our own uploads are used where they lie, others are
fetched."""

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from modules.edit.errors import StudioError
from modules.media.read.file_types import Kind
from modules.preview.queue.order import RenderOrder
from modules.preview.store.files import MAX_FILE_BYTES, FileStore, type_of
from modules.preview.store.records import Record
from modules.preview.task import Payload, all_urls, picture_urls

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OWN_PATH = re.compile(r"/files/([^/]+)")


class Fetcher(Protocol):
    """`modules.media.fetch.safe_fetch.SafeFetcher`: refuses private networks; errors are `StudioError`
    sentences."""

    def download(self, url: str, dst: Path, max_bytes: int) -> int: ...


def safe_fetcher() -> Fetcher:
    """The guarded downloader of modules.media, with nothing trusted: own files never travel over it."""
    # Imported when the first outside address comes: it brings decoders that the server does without.
    from modules.media.fetch.safe_fetch import SafeFetcher

    return SafeFetcher(frozenset())


class SourceCollector:
    """Finds or fetches what a request refers to."""

    def __init__(self, store: FileStore, make_fetcher: Callable[[], Fetcher] = safe_fetcher) -> None:
        self._store = store
        self._make_fetcher = make_fetcher

    def own_files(self, payload: Payload, authorities: Collection[str]) -> dict[str, str]:
        """Those addresses of completed parameters that are files of this engine, each with its name in the
        store.

        `authorities` are the `host:port` under which the engine is reached; any port of loopback counts
        too, for a restarted engine may have another one and nothing else there may be fetched. A file that
        is not, or no longer, there is left in: it fails when it is opened, with a sentence.
        """
        found = {}
        for url in all_urls(payload):
            parts = urlsplit(url)
            path = _OWN_PATH.fullmatch(parts.path)
            if path and (parts.hostname in _LOOPBACK or parts.netloc.lower() in authorities):
                found[url] = path.group(1)
        return found

    def must_fetch(self, record: Record) -> bool:
        """Whether something has to come over the network first."""
        return any(url not in record.inputs for url in all_urls(record.payload))

    def gather(self, record: Record, folder: Path) -> RenderOrder:
        """The order for a worker, every file local. Raises StudioError with the sentence of a FAILED
        request."""
        payload = record.payload
        clip = self._local(record, payload["video_url"], folder / "clip", Kind.VIDEO, "video_url")
        local = {
            url: self._local(record, url, folder / f"picture-{number}", Kind.PICTURE, name)
            for number, (url, name) in enumerate(picture_urls(payload).items())
        }
        return RenderOrder(
            folder=str(folder),
            clip=clip,
            payload=payload,
            images=tuple(local[url] for url in payload["image_urls"]),
            elements=tuple(
                (local[e["frontal_image_url"]], tuple(local[url] for url in e["reference_image_urls"]))
                for e in payload["elements"]
            ),
            publish_still=str(self._store.folder / record.still),
        )

    def _local(self, record: Record, url: str, target: Path, kind: Kind, what: str) -> str:
        if url in record.inputs:
            held = self._store.held(record.inputs[url])
            if held is None:
                raise StudioError(
                    f"{what} refers to a file that is not on this engine, or no longer: {url[:200]}. Files "
                    "are removed some days after their upload. Upload it again."
                )
            target = held
        else:
            self._make_fetcher().download(url, target, max_bytes=MAX_FILE_BYTES)
        found = type_of(target)
        if found is None or found.kind is not kind:
            wanted = (
                "a clip (mp4, mov, webm, mkv, avi)"
                if kind is Kind.VIDEO
                else "a picture (jpeg, png, webp, ...)"
            )
            raise StudioError(
                f"{what} is not {wanted}: {url[:200]} holds "
                f"{found.media_type if found else 'something else'}."
            )
        return str(target)
