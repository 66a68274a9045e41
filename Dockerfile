# One command of kore-sync per container, the unattended service unless told otherwise; PostgreSQL and Redis outside.
# docker-compose.yml runs it.
FROM node:24-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM base AS build
RUN npm ci
COPY prisma.config.ts tsconfig.json tsconfig.build.json ./
COPY prisma prisma
COPY scripts scripts
COPY src src
COPY jobs jobs
RUN npm run build

# Without the optional packages, the largest of which are the PostgreSQL programs for one machine without a database
# server. In a container DATABASE_URL names a server.
FROM base AS dependencies
RUN npm ci --omit=dev --omit=optional

FROM node:24-bookworm-slim
# Of its own accord Node 24 takes half as much memory again for what is young (docs/operations.md).
ENV NODE_OPTIONS=--max-semi-space-size=8
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY bin bin
COPY prisma/migrations prisma/migrations
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY --from=build /app/dist/jobs dist/jobs
# Nothing here is written to while it runs: the root file system can be read-only.
USER node
# Health, readiness and metrics of `start`; on the container's own loopback address unless BIND_ADDRESS says otherwise.
ENV PORT=9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((page) => process.exit(page.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/kore-sync.js"]
CMD ["start"]
