"""Figures of the wire: peak memory of a large upload beside the official SDK's, polls per second, and the
retry table.

    python -m tests.bench.bench_wire [--megabytes 200] [--seconds 4]

Each upload runs in a process of its own against the same server. "Above baseline" is the peak resident size
less what the process held after its imports and one small upload. The polls go to a minimal server in another
process, which does nothing but answer: so the figure is the client's own cost, and the server's share of the
cores is part of it.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from modules.segmind import retry
from modules.segmind.client import SegmindClient
from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
KEY = "SG_0123456789abcdef"
BODY = (
    b'{"status":"PROCESSING","request_id":"0123456789abcdef","status_url":"","response_url":"","metrics":{}}'
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)


# Uploads


def memory_now() -> float:
    """Resident size in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory_peak() -> float:
    """Highest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def upload_with_ours(url: str):
    client = SegmindClient(url, url, KEY, read_timeout=120)
    return lambda path: client.upload(path, "video/mp4")


def upload_with_sdk(url: str):
    import segmind
    from segmind.files import Files

    Files.STORAGE_BASE_URL = url
    client = segmind.SegmindClient(api_key=KEY, base_url=f"{url}/v1", timeout=120)
    return lambda path: client.files.upload(path)["file_urls"][0]


def measured_upload(who: str, url: str, path: str) -> None:
    """In a process of its own: print baseline and peak in MB, and seconds."""
    send = {"ours": upload_with_ours, "sdk": upload_with_sdk}[who](url)
    small = Path(path).with_suffix(".small.mp4")
    small.write_bytes(b"x" * 1000)
    send(small)
    baseline, began = memory_now(), time.perf_counter()
    send(Path(path))
    print(baseline, memory_peak(), time.perf_counter() - began)


@dataclass(frozen=True)
class Upload:
    """MB before and at most, and seconds, of one client's upload."""

    baseline: float
    peak: float
    seconds: float

    @property
    def above(self) -> float:
        return max(self.peak - self.baseline, 0.1)


def uploads(megabytes: int) -> dict[str, Upload]:
    """By client: `ours` and `sdk`."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        block = os.urandom(2**20)
        with open(clip, "wb") as file:
            for _ in range(megabytes):
                file.write(block)
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fake_upstream"],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            url = server.stdout.readline().split()[1]
            found = {}
            for who in ("ours", "sdk"):
                done = subprocess.run(
                    [sys.executable, "-m", "tests.bench.bench_wire", "--upload", who, url, str(clip)],
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found[who] = Upload(*map(float, done.stdout.split()))
        finally:
            server.stdin.close()
            server.wait(10)
    return found


def report_uploads(megabytes: int, found: dict[str, Upload]) -> None:
    print(f"upload of {megabytes} MB           baseline   peak   above baseline   seconds")
    for who, one in found.items():
        print(
            f"  {who:<26}{one.baseline:8.1f} MB {one.peak:7.1f} MB {one.peak - one.baseline:9.1f} MB "
            f"{one.seconds:9.1f}"
        )
    times = found["sdk"].above / found["ours"].above
    print(f"  ours / sdk, above baseline: 1/{times:.0f}  (target: at most 1/10)\n")


# Polls


class Echo(asyncio.Protocol):
    """Answers every request head with the same status body."""

    def connection_made(self, transport) -> None:
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        *whole, self.waiting = self.waiting.split(b"\r\n\r\n")
        self.transport.write(ANSWER * len(whole))


async def serve_polls() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=256)
    print(f"ready http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def polls_per_second(ask, threads: int, seconds: float) -> tuple[float, list[float]]:
    counts, times, ends = [0] * threads, [[] for _ in range(threads)], time.perf_counter() + seconds

    def work(index: int) -> None:
        while (began := time.perf_counter()) < ends:
            ask()
            times[index].append(time.perf_counter() - began)
            counts[index] += 1

    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / seconds, sorted(one for some in times for one in some)


@dataclass(frozen=True)
class Polls:
    """Of one way to ask, with so many threads: answers a second; median and 99th percentile in
    milliseconds."""

    threads: int
    rate: float
    p50: float
    p99: float


OURS, BARE = "SegmindClient.status", "bare Session.get().json()"


def polls(seconds: float) -> dict[str, list[Polls]]:
    """By way to ask, OURS and BARE: with one thread, and with 16."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_wire", "--serve"],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        url = server.stdout.readline().split()[1]
        client = SegmindClient(url, url, KEY, requests_per_minute=0)  # a key's own rate would be the figure
        address, headers = f"{url}/v2/requests/abc/status", {"x-api-key": KEY}
        asks = {
            OURS: lambda: client.status("abc", attempts=1),
            BARE: lambda: client.session.get(address, headers=headers).json(),
        }
        found: dict[str, list[Polls]] = {OURS: [], BARE: []}
        for threads in (1, 16):
            for name, ask in asks.items():
                rate, times = polls_per_second(ask, threads, seconds)
                p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
                found[name].append(Polls(threads, rate, p50, p99))
    finally:
        server.stdin.close()
        server.wait(10)
    return found


def report_polls(found: dict[str, list[Polls]]) -> None:
    print("status polls through one Session   threads   polls/s      p50      p99")
    for name, some in found.items():
        for one in some:
            print(f"  {name:<34}{one.threads:>6}{one.rate:>10.0f}{one.p50:>7.2f} ms{one.p99:>6.1f} ms")


def retry_table() -> str:
    """The retry table as text, a line for each call and outcome."""
    lines = [f"{'call':<9}{'outcome':<33}{'again':<7}{'pause':<28}raised"]
    for call, rules in retry.RULES.items():
        lines += [
            f"{call:<9}{outcome:<33}{'yes' if rule.again else 'no':<7}{rule.wait:<28}{rule.error}"
            for outcome, rule in rules.items()
        ]
    return "\n".join(lines)


def figures(quick: bool = False) -> list[Figure]:
    megabytes, group = 50 if quick else 200, "The client on the wire"
    sent, asked = uploads(megabytes), polls(0.7 if quick else 4.0)
    ours, sdk = sent["ours"], sent["sdk"]
    sent_name, wanted = f"memory of a {megabytes} MB upload", sdk.above / 10
    told = [
        Figure(group, sent_name, ours.above, "MB", sdk.above, "official SDK", wanted),
        Figure(group, "time of that upload", ours.seconds, "s", sdk.seconds, "official SDK"),
    ]
    for mine, bare in zip(asked[OURS], asked[BARE], strict=True):
        threads = "1 thread" if mine.threads == 1 else f"{mine.threads} threads"
        name = f"polls a second, {threads}"
        told.append(Figure(group, name, mine.rate, "", bare.rate, "bare Session", better="higher"))
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--upload", nargs=3, metavar=("WHO", "URL", "FILE"))
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.upload:
        measured_upload(*options.upload)
    elif options.serve:
        asyncio.run(serve_polls())
    else:
        report_uploads(options.megabytes, uploads(options.megabytes))
        report_polls(polls(options.seconds))
        print(f"\n{retry_table()}")


if __name__ == "__main__":
    main()
