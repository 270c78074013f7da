"""The usual way to show a long job in Gradio, for comparison: a sync generator that polls every 2 s in a
thread, at most 40 of them.

    python -m tests.support.usual_way URL PORT

`/edit` submits to the upstream at URL and follows the job, `/watch` follows one by its request id.
"""

import sys
import time
from collections.abc import Iterator

import gradio as gr
import requests

THREADS = 40
POLL_SECONDS = 2.0
KEY = {"x-api-key": "SG_0123456789abcdef"}


def build(upstream: str) -> gr.Blocks:
    def watch(request_id: str) -> Iterator[str]:
        while True:
            place = f"{upstream}/v2/requests/{request_id}/status"
            status = requests.get(place, headers=KEY, timeout=60).json()["status"]
            yield status
            if status in ("COMPLETED", "FAILED"):
                return
            time.sleep(POLL_SECONDS)

    def edit(prompt: str) -> Iterator[str]:
        sent = {"prompt": prompt}
        place = f"{upstream}/v2/kling-o3-video2video-edit"
        yield from watch(requests.post(place, json=sent, headers=KEY, timeout=60).json()["request_id"])

    with gr.Blocks(analytics_enabled=False) as page:
        gr.api(edit, api_name="edit")
        gr.api(watch, api_name="watch")
    return page.queue(default_concurrency_limit=THREADS)


def main() -> None:
    build(sys.argv[1]).launch(server_name="127.0.0.1", server_port=int(sys.argv[2]), max_threads=THREADS)


if __name__ == "__main__":
    main()
