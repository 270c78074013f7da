"""What the client's tests share: a client on a manual clock, so that no pause is ever waited for."""

from modules.segmind.client import SegmindClient
from modules.segmind.rate_limit import KeyLimits
from tests.support.fake_upstream import FakeUpstream
from tests.support.manual_clock import ManualClock

PAYLOAD = {"prompt": "Make it snow", "video_url": "https://example.com/a.mp4", "duration": "5", "mode": "pro"}


def client_for(upstream: FakeUpstream, clock: ManualClock | None = None, **options) -> SegmindClient:
    """A client of `upstream` whose pauses move `clock`; jitter at its middle; time-outs of half a second."""
    clock = clock or ManualClock()
    settings = {
        "sleep": getattr(clock, "sleep", None),
        "clock": clock,
        "rng": lambda: 0.5,
        "limits": KeyLimits(),
        "read_timeout": 0.5,
        "connect_timeout": 0.5,
        **options,
    }
    return SegmindClient(
        settings.pop("base_url", upstream.url), upstream.url, settings.pop("key", upstream.key), **settings
    )
