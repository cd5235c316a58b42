"""The shop of the example `sidecar`: it knows everything, says it to anybody who asks, and has never heard of Rapport.

`python3 examples/sidecar.py PORT`; without a port it takes a free one.
"""

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


port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
server = ThreadingHTTPServer(("127.0.0.1", port), Shop)
print("listening on", server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
