# The studio in a container, as on a Space: see README, "Run it in a container".
FROM python:3.11-slim

# It writes to /data and /tmp only: everything else may be read-only.
RUN useradd --uid 1000 --no-create-home --home-dir /tmp studio && install -d -o studio -g studio -m 700 /data
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_TEMP_DIR=/data/uploads \
    PYTHONUNBUFFERED=1 \
    STUDIO_DATA_DIR=/data

WORKDIR /app
# Before the code: a change of it installs nothing again. All packages come as wheels, so nothing is built.
COPY requirements.txt ./
RUN pip install --no-cache-dir --only-binary=:all: -r requirements.txt
COPY LICENSE CHANGELOG.md app.py ./
COPY examples ./examples
COPY modules ./modules
RUN python -m compileall -q app.py modules

USER studio
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; line = http.client.HTTPConnection('127.0.0.1', int(os.environ['GRADIO_SERVER_PORT']), timeout=8); line.request('GET', '/healthz'); sys.exit(line.getresponse().status != 200)"]
CMD ["python", "app.py"]
