# zotrain in a container (README.md, "Containers and clusters"):  docker build -t zotrain .
#   --build-arg ZO_CUDA=OFF   for machines without a GPU
#   --build-arg BASE=…        another Debian 12 or Ubuntu 24.04
ARG BASE=debian:12-slim

FROM ${BASE} AS build
ARG ZO_CUDA=ON
ENV ZO_CUDA=${ZO_CUDA} XDG_CACHE_HOME=/opt/cache
WORKDIR /opt/src
# What a set-up reads, and nothing else: it is repeated only where that has changed.
COPY zotrain requirements.txt requirements-cpu.txt ./
COPY cmake/setup.sh cmake/
COPY src/cli/main.cc src/cli/
RUN ./zotrain setup
COPY . .
RUN cmake/image.sh /image

FROM ${BASE}
COPY --from=build /image/packages /usr/local/share/zotrain/packages
RUN apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -qq --no-install-recommends </usr/local/share/zotrain/packages \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 1000 --no-create-home --home-dir /tmp zotrain \
  && install -d -m 1777 /work
COPY --from=build /image/root /
# Any user may run it (docker run -u): nothing is written but in /work, where runs go, and in /tmp.
ENV HOME=/tmp NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000:1000
WORKDIR /work
# Without a shell between: SIGTERM reaches the trainer, which saves.
ENTRYPOINT ["zotrain"]
CMD ["--help"]
