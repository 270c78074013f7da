"""Two Gradio pages as yardsticks of ours. `python -m tests.bench.stock_pages bare|native PORT`

`bare` is a button in Blocks: what any Gradio page costs. `native` is what somebody would write in an
afternoon for the same model: its nine parameters, the same six examples and the result, of stock components
with Gradio's own settings, and no code of its own.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import gradio as gr
import requests

from tests.support.studio_app import PROJECT, free_port

EXAMPLES = PROJECT / "examples"


def bare() -> gr.Blocks:
    with gr.Blocks() as page:
        gr.Button("Edit video", elem_id="edit-button")
    return page


def native() -> gr.Blocks:
    with gr.Blocks(title="Kling O3 Video Edit") as page:
        gr.Markdown("# Kling O3 Video Edit\nSay what should change in a clip, and get it back, edited.")
        with gr.Row():
            with gr.Column():
                video = gr.Video(label="Video")
                prompt = gr.Textbox(label="Prompt", lines=3, elem_id="prompt")
                elements = gr.Gallery(label="Elements", type="filepath")
                images = gr.Gallery(label="Images", type="filepath")
                with gr.Accordion("Options", open=False):
                    mode = gr.Radio(["pro", "std"], value="pro", label="Mode")
                    ratio = gr.Dropdown(["16:9", "9:16", "1:1"], value="16:9", label="Aspect ratio")
                    duration = gr.Slider(3, 15, value=5, step=1, label="Duration")
                    audio = gr.Checkbox(label="Keep audio")
                    shot = gr.Textbox("customize", label="Shot type")
                button = gr.Button("Edit video", variant="primary", elem_id="edit-button")
            result = gr.Video(label="Result", interactive=False)
        examples = json.loads((EXAMPLES / "examples.json").read_text("utf-8"))
        gr.Examples(
            [[str(EXAMPLES / one["clip"]), one["prompt"]] for one in examples],
            [video, prompt],
            elem_id="examples",
        )
        values = [video, prompt, elements, images, mode, ratio, duration, audio, shot]
        button.click(_edit, values, result)
    return page


def _edit(*_values: object) -> None:
    raise gr.Error("This page measures how it loads, nothing else.")


@contextlib.contextmanager
def running(name: str) -> Iterator[tuple[str, float]]:
    """The address of the page in a process of its own, and the seconds until it answered."""
    port, began = free_port(), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="stock-page-") as folder:
        environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": folder}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.stock_pages", name, str(port)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url, time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen) -> None:
    while process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(url, timeout=60).ok:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the page ended with exit code {process.returncode}")


if __name__ == "__main__":
    chosen = {"bare": bare, "native": native}[sys.argv[1]]
    plain = {"run_history": False, "footer_links": []} if chosen is bare else {}
    chosen().launch(server_port=int(sys.argv[2]), ssr_mode=False, quiet=True, **plain)
