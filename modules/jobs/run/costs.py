"""What a finished edit cost: what is shown, and what is booked against the day's budget."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from modules.edit.price import dollars
from modules.jobs.job import Job
from modules.jobs.store.budget import Budget

_BELIEVED = 2.0
"""A cost above so many times the estimate is shown, and not booked: it is more likely a misread answer than a
price."""


def cost_of(job: Job, cost: float | None) -> dict[str, Any]:
    """The job's fields that tell the cost: as told, else the estimate; nothing of what was sent elsewhere."""
    if job.free:
        return {"cost_usd": 0.0}
    if cost is None and not job.resumed:
        return {"cost_usd": job.estimate_usd, "cost_is_estimate": True}
    return {"cost_usd": cost, "cost_is_estimate": False}


def settled(budget: Budget, job: Job, cost: float | None) -> Callable[[Connection], None]:
    """For the transaction that learns the cost: booked as told, or as estimated when it cannot be true."""
    return budget.settled(job.job_id, None if is_odd(job, cost) else cost, seen=cost)


def is_odd(job: Job, cost: float | None) -> bool:
    """Whether a cost is too far above the estimate to be believed."""
    return cost is not None and not job.free and 0 < _BELIEVED * job.estimate_usd < cost


def odd_note(job: Job) -> str:
    """What is said of a cost that is not believed; "" for any other."""
    if job.cost_is_estimate or not is_odd(job, job.cost_usd):
        return ""
    return (
        f" That is more than twice the estimate of {dollars(job.estimate_usd)}, which is what was counted: "
        "please check the account."
    )
