# A project whose package.json depends on @deepaas/cli and names its models, such as one of `deepaas new`.
FROM node:24-bookworm-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends tini
WORKDIR /model
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .

FROM node:24-bookworm-slim
# Process 1. Node.js in its place would ignore SIGTERM until the models are loaded, and leave zombies of what models start.
COPY --from=build /usr/bin/tini /usr/bin/tini
COPY --from=build /model /model
RUN ln -s /model/node_modules/.bin/deepaas /usr/local/bin/deepaas && install -d -m 700 -o 1000 -g 1000 /data
WORKDIR /model
# By number, so that Kubernetes can check that it is not root.
USER 1000:1000
# 5 seconds for predicts, because `docker stop` kills after 10.
ENV NODE_ENV=production \
    XDG_CACHE_HOME=/tmp \
    DEEPAAS_LISTEN_IP=0.0.0.0 \
    DEEPAAS_DATA_DIR=/data \
    DEEPAAS_DRAIN_SECONDS=5
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.DEEPAAS_LISTEN_PORT ?? 5000}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "deepaas"]
CMD ["run"]
