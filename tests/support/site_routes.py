"""Addresses of this site: spellings of closed ones, open ones, and an answer of every kind."""

import re

from tests.support.raw_requests import ask, ask_json

CLIP = "/gradio_api/file=examples/clips/dunes_966x544.mp4"
LINKS = [
    "/gradio_api/deep_link?session_hash=x",
    "/gradio_api/deep_link/?session_hash=x",
    "/gradio_api/deep%5Flink?session_hash=x",
    "/gradio_api/%64eep_link?session_hash=x",
    "/gradio_api/DEEP_LINK?session_hash=x",
    "/gradio_api/Deep%5fLink?session_hash=x",
    "/gradio%5Fapi/deep_link?session_hash=x",
    "//gradio_api/deep_link?session_hash=x",
    "/./gradio_api/deep_link?session_hash=x",
    "/x/../gradio_api/deep_link?session_hash=x",
]
GONE = [
    "/gradio_api/proxy=http://127.0.0.1/",
    "/gradio_api/token",
    "/gradio_api/token/",
    "/gradio_api/runs",
    "/gradio_api/runs/",
    "/gradio_api/run-history/buckets",
    "/gradio_api/run-history/records",
    "/monitoring",
    "/monitoring/summary",
    "/monitoring/x",
    "/gradio_api/dev/reload",
    "/gradio_api/vibe-code",
    "/gradio_api/vibe-code/",
    "/gradio_api/custom_component/x/client/component/index.js",
    "/gradio_api/stream/a/b/1/playlist.m3u8",
    "/gradio_api/stream/a/b/1/playlist-file",
    "/gradio_api/stream/a/b/1/0.mp4",
    "/gradio_api/profiling/summary",
    "/gradio_api/monitoring",
    "/gradio_api/monitoring/summary",
    "/%6donitoring/summary",
    "/MONITORING/summary",
    "//monitoring/summary",
    "/gradio_api/component_server",
    "/gradio_api/component_server/x",
    "/component_server",
    "/logout",
    "/openapi.json",
    "/docs",
    "/redoc",
    "/svelte/x",
    "/nothing",
]
GONE_POSTS = [
    "/login",
    "/login/",
    "/gradio_api/run/edit",
    "/gradio_api/run/edit/",
    "/gradio_api/run/start",
    "/gradio_api/run/predict",
    "/gradio_api/RUN/edit",
    "/gradio_api/%72un/edit",
    "/gradio_api/api/edit",
    "/gradio_api/api/job/",
    "/gradio_api/process_recording",
    "/gradio_api/component_server",
    "/gradio_api/component_server/",
    "/gradio_api/%63omponent_server",
    "//gradio_api/component_server",
    "/component_server",
    "/monitoring",
    "/gradio_api/deep_link",
    "/gradio_api/vibe-edit",
    "/gradio_api/vibe-edit/",
    "/gradio_api/undo-vibe-edit",
    "/gradio_api/vibe-code",
    "/gradio_api/vibe-starter-queries",
    "/gradio_api/stream/x",
    "/gradio_api/stream/x/close",
    "/gradio_api/run-history/connect",
    "/gradio_api/profiling/clear",
]


SPELLINGS = [
    "deep_link={}",
    "deep%5Flink={}",
    "%64eep_link={}",
    "%64%65%65%70%5f%6c%69%6e%6b={}",
    "DEEP_LINK={}",
    "a=b&deep_link={}",
    "deep_link=x&deep%5Flink={}",
    "deep%5flink={}&deep_link={}",
    "deep+link={}&deep_link={}",
    "deep_link=%30{}&deep_link={}",
]
POSTS = [
    "/gradio_api/call/job",
    "/gradio_api/call/edit",
    "/gradio_api/queue/join",
    "/gradio_api/cancel",
    "/gradio_api/reset",
]


def answers_of_all_kinds(app) -> dict:
    page = ask(app.url, "GET", "/")
    asset = "/" + re.search(r'\./(assets/[^"]+\.js)', page.text)[1]
    squeezed, foreign = {"Accept-Encoding": "br"}, {"Origin": "https://evil.example"}
    kinds = {
        "page": page,
        "page, compressed": ask(app.url, "GET", "/", squeezed),
        "page, HEAD": ask(app.url, "HEAD", "/"),
        "file": ask(app.url, "GET", CLIP),
        "asset": ask(app.url, "GET", asset),
        "asset, compressed": ask(app.url, "GET", asset, squeezed),
        "part of a file": ask(app.url, "GET", CLIP, {"Range": "bytes=0-9"}),
        "stream": ask(app.url, "GET", "/gradio_api/heartbeat/x", most=20),
        "another origin": ask_json(app.url, POSTS[0], {"data": ["x"]}, foreign),
        "preflight": ask(app.url, "OPTIONS", POSTS[0], foreign | {"Access-Control-Request-Method": "POST"}),
        "call": ask_json(app.url, POSTS[0], {"data": ["x"]}),
        "bad JSON": ask(app.url, "POST", POSTS[0], {"Content-Type": "application/json"}, b"{"),
        "another method": ask(app.url, "DELETE", "/config"),
    }
    for target in (
        "/config",
        "/gradio_api/info",
        "/theme.css",
        "/favicon.ico",
        "/nothing",
        "/gradio_api/nothing",
        "/gradio_api/file=/etc/passwd",
        LINKS[0],
    ):
        kinds[target] = ask(app.url, "GET", target)
    return kinds
