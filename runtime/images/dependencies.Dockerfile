# npm's packages for some workspaces, in an image of their own: what starts from it is built again without installing them again.
FROM node:24-trixie-slim
ARG INSTALL
WORKDIR /app
# The context holds the manifests and the lock file, and nothing else.
COPY . ./
RUN npm ci --ignore-scripts --no-audit --no-fund ${INSTALL} && rm -rf /root/.npm
