# The service as an image: SQLite, local files and the tagging model inside, one volume at /data.
# Any base with Python 3.11 or newer at `python3`, with its venv module, will do.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
COPY requirements/runtime.lock /build/runtime.lock
# What pip has to know on this network (an index, a proxy, certificates) comes as secrets: these are
# seen by this step alone and stay in no layer. Without them pip does what it does by default.
RUN --mount=type=secret,id=pipconf,target=/etc/pip.conf,required=false \
    --mount=type=secret,id=cacerts,target=/run/cacerts.pem,required=false \
    python3 -m venv /opt/lenticular \
    && /opt/lenticular/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-input -q \
       --require-hashes -r /build/runtime.lock
COPY LICENSE NOTICE /opt/lenticular/src/
COPY app /opt/lenticular/src/app
COPY migrations /opt/lenticular/src/migrations
COPY models /opt/lenticular/src/models
COPY scripts/install_self.sh scripts/healthcheck.py /opt/lenticular/src/scripts/
# Bytecode is written now, as nothing can be written later. Installers are of no use in the image.
RUN sh /opt/lenticular/src/scripts/install_self.sh /opt/lenticular/bin/python \
    && /opt/lenticular/bin/python -m pip uninstall -q -y setuptools pip \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/lenticular/src

FROM ${BASE}
LABEL org.opencontainers.image.title="Lenticular" \
      org.opencontainers.image.description="A self-hosted service that speaks Cloudinary's API" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN mkdir -p /data && chown 10001:10001 /data
COPY --from=build /opt/lenticular /opt/lenticular
USER 10001:10001
# Only /data is written, and /tmp, where a tmpfs belongs when the root file system is read-only.
ENV PATH=/opt/lenticular/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    LENTICULAR_HOST=0.0.0.0 \
    LENTICULAR_DATA_DIR=/data \
    LENTICULAR_LOG_FORMAT=json
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python3", "/opt/lenticular/src/scripts/healthcheck.py"]
ENTRYPOINT ["lenticular"]
CMD ["serve"]
