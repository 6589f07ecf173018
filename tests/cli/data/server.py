#!/usr/bin/env python3
"""An HTTP server with the faults of real ones, for the tests of get-file: /KIND/NAME serves FOLDER/NAME.
SPDX-License-Identifier: MIT

server.py FOLDER PORTFILE LOG      writes its port to PORTFILE, and to LOG a line a request: path, Range asked for, answer

good: ranges work; cut: and the first two connections end half way; plain: no ranges, the first connection ends half way;
wrong: one byte is another; short: one byte less; busy: 503 twice; changed: after a first broken connection it is another file
(its own ETag); moved: redirects to good; anything else: 404.
"""
import http.server
import os
import sys

folder, port_file, log_path = sys.argv[1:4]
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, answer):
        with open(log_path, "a", encoding="ascii") as log:
            log.write(f"{self.path} {self.headers.get('Range', '-')} {answer}\n")

    def refuse(self, code, **headers):
        self.note(code)
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self, kind, name, count):
        with open(os.path.join(folder, os.path.basename(name)), "rb") as stream:
            data = bytearray(stream.read())
        if kind == "wrong":
            data[len(data) // 2] ^= 1
        if kind == "short":
            del data[-1]
        if kind == "changed" and count == 1:
            data.reverse()  # what was sent before the file became what it is now
        return bytes(data)

    def do_GET(self):
        _, kind, name = self.path.split("/", 2)
        count = seen[self.path] = seen.get(self.path, 0) + 1
        if kind == "moved":
            return self.refuse(302, Location=f"/good/{name}")
        if kind not in ("good", "cut", "plain", "wrong", "short", "busy", "changed"):
            return self.refuse(404)
        if kind == "busy" and count <= 2:
            return self.refuse(503)
        data = self.body(kind, name, count)
        tag = f'"{kind}-{min(count, 2) if kind == "changed" else 0}"'
        asked = self.headers.get("Range", "")
        fresh = self.headers.get("If-Range", tag) == tag
        start = int(asked[len("bytes="):-1]) if asked and kind != "plain" and fresh else 0
        if start >= len(data):
            return self.refuse(416)
        self.note(206 if start else 200)
        self.send_response(206 if start else 200)
        self.send_header("ETag", tag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        breaks = count <= {"cut": 2, "plain": 1, "changed": 1}.get(kind, 0)
        self.wfile.write(data[start:start + (len(data) - start) // 2] if breaks else data[start:])
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that hangs up is part of the tests."""


server = Server(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w", encoding="ascii") as out:
    out.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()
