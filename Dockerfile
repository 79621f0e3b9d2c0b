# One gateway. Configure it by a file that LIENTHONG_CONFIG names or by environment variables, see README.md; keys and passwords
# come as files. docker-compose.yml shows two of them with their broker and database.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The image has its own Node; no package needs a script of its own to run.
RUN npm ci --omit=dev --ignore-scripts

# The console's pages are built here, and nothing of what builds them goes along.
FROM node:24-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.json
COPY scripts/console.ts scripts/console.ts
COPY src/console/web src/console/web
RUN node scripts/console.ts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json README.md ./
COPY schemas schemas
COPY src src
COPY --from=pages /app/src/console/web/dist src/console/web/dist
RUN ln -s /app/src/lienthong.js /usr/local/bin/lienthong
# It writes nothing but what the configuration names: run it with a read-only root.
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://${process.env.LIENTHONG_HTTP_HOST ?? '127.0.0.1'}:${process.env.LIENTHONG_HTTP_PORT ?? 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["lienthong"]
CMD ["serve"]
