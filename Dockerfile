# syntax=docker/dockerfile:1
# Any image with Python 3.11 or newer at `python3` and its venv module will do as a base.
ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
# What pip must know on this network (an index, a proxy) comes as a secret, never as a layer.
COPY requirements/runtime.lock /build/runtime.lock
RUN --mount=type=secret,id=pipconf,target=/etc/pip.conf,required=false \
    --mount=type=secret,id=cacerts,target=/etc/ssl/certs/ca-certificates.crt,required=false \
    python3 -m venv /opt/lenticular \
    && /opt/lenticular/bin/python -m pip install --no-cache-dir --disable-pip-version-check -q \
       --require-hashes -r /build/runtime.lock
COPY app /opt/lenticular/src/app
COPY migrations /opt/lenticular/src/migrations
COPY models /opt/lenticular/src/models
COPY scripts/install_self.sh /opt/lenticular/src/scripts/install_self.sh
RUN sh /opt/lenticular/src/scripts/install_self.sh /opt/lenticular/bin/python \
    && /opt/lenticular/bin/python -m compileall -q /opt/lenticular/src/app /opt/lenticular/lib

FROM ${BASE}
RUN mkdir -p /data && chown 10001:10001 /data
COPY --from=build /opt/lenticular /opt/lenticular
USER 10001:10001
ENV PATH=/opt/lenticular/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LENTICULAR_HOST=0.0.0.0 \
    LENTICULAR_DATA_DIR=/data \
    LENTICULAR_LOG_FORMAT=json
# Only /data (and /tmp, if there is a tmpfs) is written: run with a read-only root file system.
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('LENTICULAR_PORT', '8000') + '/healthz', timeout=4)"]
ENTRYPOINT ["lenticular"]
CMD ["serve"]
