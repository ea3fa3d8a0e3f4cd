# Kliping for more than one machine: Airflow, the spiders and the pipelines, and `weed`, in one image.
# Each container runs one component; compose.yaml says which.

ARG BASE=python:3.11.13-slim-bookworm

FROM ${BASE} AS packages
COPY requirements.txt /tmp/requirements.txt
# requirements.txt names and hashes every file there is to install, so nothing is resolved (--no-deps).
RUN python -m venv /opt/kliping \
    && /opt/kliping/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements.txt \
    && /opt/kliping/bin/pip check

FROM ${BASE}
# A fixed number: volumes keep it, and it is none that the host is likely to use.
RUN useradd --uid 10001 --user-group --create-home --home-dir /var/lib/kliping kliping \
    && install --directory --owner=kliping --group=kliping --mode=0750 \
        /var/lib/kliping/home /var/lib/kliping/airflow /var/lib/kliping/airflow/logs /var/lib/kliping/s3 \
        /var/lib/kliping/search
COPY --from=packages /opt/kliping /opt/kliping
# The project is run from its folder, not installed: its command finds it by PYTHONPATH.
RUN printf '#!/bin/sh\nexec python -m local "$@"\n' > /opt/kliping/bin/kliping && chmod 0755 /opt/kliping/bin/kliping
WORKDIR /srv/kliping
COPY scrapy.cfg pyproject.toml ./
COPY settings settings
COPY pipelines pipelines
COPY spiders spiders
COPY dags dags
COPY plugins plugins
COPY local local
COPY reader reader
ENV PATH=/opt/kliping/bin:$PATH \
    PYTHONPATH=/srv/kliping \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    KLIPING_HOME=/var/lib/kliping/home \
    AIRFLOW_HOME=/var/lib/kliping/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/srv/kliping/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False
USER 10001
EXPOSE 8080
# Of the api-server; compose.yaml has those of the other components.
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/api/v2/monitor/health', timeout=8)"]
ENTRYPOINT ["/usr/bin/env"]
CMD ["airflow", "api-server"]
