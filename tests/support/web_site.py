"""A server on loopback that plays the Internet: what a visitor's URL may lead to."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from modules.media.fetch.safe_fetch import SafeFetcher

PUBLIC = "93.184.216.34"
URL = "http://clips.example/a.mp4"


class Site:
    """A server whose answers a test writes: path -> function(handler). `connected` lists the addresses
    dialled."""

    def __init__(self):
        self.pages, self.asked, self.connected, self.looked_up = {}, [], [], []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                with contextlib.suppress(ConnectionError):
                    site.pages.get(self.path, lambda handler: handler.send_error(404))(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def resolver(self, *addresses):
        def look_up(host, port, **more):
            self.looked_up.append(host)
            kind = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(kind[":" in a], socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

        return look_up

    def connect(self, address, timeout):
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def fetcher(self, *addresses, **more):
        return SafeFetcher(
            more.pop("trusted", frozenset()),
            resolver=self.resolver(*(addresses or (PUBLIC,))),
            connect=self.connect,
            **more,
        )

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def body(data, *, status=200, ranges=True, **headers):
    def answer(handler):
        start, end = 0, len(data) - 1
        asked = handler.headers.get("Range")
        if ranges and asked:
            first, last = asked.removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last or end), end)
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        else:
            handler.send_response(status)
        sent = {"Content-Length": str(end - start + 1), "Content-Type": "text/html"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in sent.items():
            if value is not None:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data[start : end + 1])

    return answer


def leads_to(place):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", place)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer
