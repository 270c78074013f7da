"""What an edit will probably cost, in dollars. An estimate: `metrics.cost` of the answer is the truth."""

from dataclasses import dataclass

from modules.edit.request import DURATIONS, EditRequest

# The model's page gives only the two ends, $0.945 and $6.30 a generation. They are 3 s of std and 15 s of pro
# at these rates, which is how the rates were inferred.
DOLLARS_PER_SECOND = {"std": 0.315, "pro": 0.42}


@dataclass(frozen=True)
class Estimate:
    """`usd` for `seconds` of video at `rate` dollars a second; `arithmetic` shows the sum to a person."""

    usd: float
    seconds: int
    rate: float
    arithmetic: str


def estimate(request: EditRequest, engine: str = "segmind") -> Estimate:
    """The estimate for `request` on `engine` (`"segmind"` or `"preview"`, which is free)."""
    seconds = request.seconds
    if engine == "preview":
        return Estimate(0.0, seconds, 0.0, "free")
    rate = DOLLARS_PER_SECOND.get(request.mode, max(DOLLARS_PER_SECOND.values()))
    usd = round(seconds * rate + 1e-9, 3)
    return Estimate(usd, seconds, rate, f"{seconds} s x {dollars(rate)} = {dollars(usd)}")


def least_usd(request: EditRequest, engine: str = "segmind") -> float:
    """What `request` costs at least: its clip may turn out to be shorter than what was chosen."""
    return estimate(request.with_duration(int(DURATIONS[0])), engine).usd


def dollars(amount: float) -> str:
    """`$2.10`, or `$0.945` where the third digit counts."""
    return f"${amount:.2f}" if abs(amount - round(amount, 2)) < 5e-4 else f"${amount:.3f}"
