"""The shop of the example `sidecar`: it knows everything, says it to anybody who asks, and has never heard of Rapport."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = {"customer": {"first_name": "Anna"}, "items": [{"id": 1, "reason": "You bought boots"}]}


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
print("listening on", server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
