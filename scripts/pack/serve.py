"""Serves the folder "app" beside this file on this machine: python3 serve.py [PORT]

One file, Python's own library only.
"""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

APP = Path(__file__).resolve().parent / "app"
FIRST = 4173


class Handler(SimpleHTTPRequestHandler):
    # On Windows Python reads types from the registry, where other programs may have changed them.
    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".css": "text/css",
        ".json": "application/json",
        ".webmanifest": "application/manifest+json",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
    }

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        # So that several threads can compute one network.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    # Otherwise two programs could share a port on Windows.
    allow_reuse_address = sys.platform != "win32"


def main():
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else None
    for port in [asked] if asked else range(FIRST, FIRST + 50):
        try:
            server = Server(("127.0.0.1", port), partial(Handler, directory=str(APP)))
        except OSError as error:
            if asked:
                sys.exit(f"Port {port}: {error}. Give another: python3 serve.py PORT")
            continue
        print(f"The explorer is at http://localhost:{port}/  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
    sys.exit(f"Ports {FIRST} to {FIRST + 49} are taken. Give a free one: python3 serve.py PORT")


main()
