# The program as one image: web, worker, or all in one, by the command it is given. PostgreSQL is a service of its own
# in compose.yaml; the embedded one works in this image as well (`qafila up` without DATABASE_URL).
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/qafila
COPY requirements.lock ./
RUN /opt/qafila/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY qafila ./qafila
COPY wa_sandbox ./wa_sandbox
COPY examples ./examples
COPY gateways ./gateways
RUN /opt/qafila/bin/pip install --no-deps .

FROM python:3.12-slim
RUN groupadd --gid 10001 qafila \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/qafila --create-home --shell /usr/sbin/nologin qafila
COPY --from=build /opt/qafila /opt/qafila
ENV PATH=/opt/qafila/bin:$PATH PYTHONUNBUFFERED=1 QAFILA_DATA=/var/lib/qafila QAFILA_BIND=0.0.0.0
USER qafila
WORKDIR /var/lib/qafila
VOLUME /var/lib/qafila
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5001/health', timeout=4)"]
ENTRYPOINT ["qafila"]
CMD ["up"]
