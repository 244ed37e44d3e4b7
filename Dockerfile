# Two images from one file: `web` (no torch, small; OpenCV for the object under a click) and `worker` (torch, Ultralytics, OpenVINO).
FROM node:22-bookworm-slim AS frontend
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim-bookworm AS web
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --uid 10001 --create-home winnow && install -d -o winnow /data
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
# The dependencies first, for a layer that changes seldom; the code below is used in place (-e).
RUN mkdir annotator prelabel compression && touch annotator/__init__.py prelabel/__init__.py compression/__init__.py \
    && pip install -c constraints.txt -e ".[assist]"
COPY manage.py ./
COPY annotator/ annotator/
COPY prelabel/ prelabel/
COPY compression/ compression/
COPY --from=frontend /build/dist frontend/dist/
ENV WINNOW_DATA_DIR=/data
VOLUME /data
USER winnow
EXPOSE 8000
CMD ["granian", "--interface=wsgi", "--host=0.0.0.0", "--port=8000", "--workers=2", "--blocking-threads=4", "annotator.config.wsgi:application"]

FROM web AS worker
ARG TORCH_INDEX=
USER root
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && pip install -c constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -e ".[worker]"
USER winnow
CMD ["celery", "-A", "annotator.config.celery:app", "worker", "-Q", "io", "--pool=threads", "--concurrency=2"]
