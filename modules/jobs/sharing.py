"""Shared results: who has the link of a finished edit sees it, on every replica."""

from collections.abc import Callable

from modules.jobs.errors import JobError
from modules.jobs.hub import Hub
from modules.jobs.job import Job
from modules.jobs.replicas.replication import ResultReplication
from modules.jobs.store.shares import Shares


class Sharing:
    """`located`: gives a job its files as absolute paths where they are here, and begins to bring those that
    are elsewhere. All methods may raise JournalTrouble."""

    def __init__(
        self,
        shares: Shares,
        hub: Hub,
        replication: ResultReplication,
        located: Callable[[Job], Job],
    ) -> None:
        self._shares, self._hub, self._replication, self._located = shares, hub, replication, located

    def share(self, job_id: str) -> str:
        """The token of the job's share, see `Shares`. JobError when there is nothing to share."""
        token = self._shares.publish(job_id)
        if token is None:
            raise JobError("Only a finished edit whose result is still kept here can be shared.")
        self._hub.forget(job_id)  # its watchers see the share
        return token

    def unshare(self, job_id: str) -> bool:
        """Take a share back; its link is dead from now on. False when there was none."""
        withdrawn = self._shares.withdraw(job_id)
        self._hub.forget(job_id)
        return withdrawn

    def job(self, token: str) -> Job | None:
        """The finished job that is shared under `token`, or None. Its files may still be on their way here
        from where they are kept."""
        job = self._shares.job(token)
        return self._located(job) if job else None

    def is_coming(self, job: Job) -> bool:
        """Whether the files of a finished job are on their way to this replica."""
        return self._replication.is_coming(job.job_id)
