ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# pip stays outside: what runs does not install.
RUN ["python3", "-m", "venv", "--without-pip", "/opt/chainrule"]
WORKDIR /src
COPY requirements.lock ./
RUN ["pip", "--python", "/opt/chainrule/bin/python", "install", "--require-hashes", "-r", "requirements.lock"]
# Of scikit-learn only the files of digits and irises are read; the rest is 50 MB and stays outside.
COPY requirements-datasets.lock ./
RUN ["pip", "--python", "/opt/chainrule/bin/python", "install", "--no-deps", "--require-hashes", "-r", "requirements-datasets.lock"]
RUN ["find", "/opt/chainrule/lib", "-path", "*/sklearn/*", "-not", "-path", "*/sklearn/datasets/data/*", "-type", "f", "-delete"]
COPY pyproject.toml hatch_build.py package.json package-lock.json .npmrc README.md LICENSE ./
COPY static static
COPY templates templates
COPY app app
RUN ["pip", "--python", "/opt/chainrule/bin/python", "install", "--no-deps", "."]

FROM python:${PYTHON_VERSION}-slim-trixie
COPY --from=build /opt/chainrule /opt/chainrule
# A volume takes over the owner of the folder that it hides.
RUN ["install", "-d", "-o", "999", "-g", "999", "-m", "0700", "/data"]
ENV PATH=/opt/chainrule/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CHAINRULE_STORE=sqlite:////data/sessions.db
USER 999:999
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "5", "--http", "app.web.connections:Hurried"]
