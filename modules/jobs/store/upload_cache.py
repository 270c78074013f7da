"""A cache of uploads: which file is already on which storage, so that the same clip is not sent twice."""

from sqlalchemy import delete, insert, select

from modules.jobs.store.database import Database
from modules.jobs.store.schema import uploads

KEPT_SECONDS = {"segmind": 6 * 3600.0, "preview": 30 * 60.0}
"""How long an uploaded file is relied upon. Segmind does not publish a figure; outputs stay for 7 days, so
this is well inside. The preview engine keeps files for an hour."""


class UploadCache:
    """sha256 and place -> public URL. `place` names the storage: the same file on two storages has two
    addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, sha256: str, place: str) -> str | None:
        with self._database.read() as connection:
            return connection.execute(
                select(uploads.c.url).where(
                    uploads.c.sha256 == sha256,
                    uploads.c.place == place,
                    uploads.c.expires_at > self._database.now(connection),
                )
            ).scalar()

    def keep(self, sha256: str, place: str, url: str, engine: str) -> None:
        with self._database.write(durable=False) as connection:
            self._database.lock(connection)
            connection.execute(delete(uploads).where(uploads.c.sha256 == sha256, uploads.c.place == place))
            connection.execute(
                insert(uploads).values(
                    sha256=sha256,
                    place=place,
                    url=url,
                    expires_at=self._database.now(connection) + KEPT_SECONDS.get(engine, 1800.0),
                )
            )

    def forget(self, urls: list[str]) -> None:
        """The storage did not know these any more."""
        with self._database.write(durable=False) as connection:
            connection.execute(delete(uploads).where(uploads.c.url.in_(urls)))
