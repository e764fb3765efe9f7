"""Asks the service in this container whether it lives: the image's health check, without cURL.

Exits 0 when ``/healthz`` answers 200, and fails otherwise. Reads the settings that the service
was started with; the certificate is not verified, for it names the public host, not this one.
"""

import os
import ssl
import urllib.request

tls = bool(os.environ.get("LENTICULAR_TLS_CERT"))
host = os.environ.get("LENTICULAR_HOST") or "127.0.0.1"
host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
url = "{}://{}:{}/healthz".format(
    "https" if tls else "http",
    f"[{host}]" if ":" in host else host,
    os.environ.get("LENTICULAR_PORT") or "8000",
)
context = ssl.create_default_context() if tls else None
if context:
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
with urllib.request.urlopen(url, timeout=4, context=context):  # noqa: S310 - our own http(s) URL
    pass  # any status but 2xx has raised
