import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Request, RequestHandler, Response } from "express";
import { AppError } from "@freehold/kernel/errors";

interface UiFile {
  type: string;
  etag: string;
  plain: Buffer;
  /** Made when the UI is built; see vite.config.ts. */
  brotli: Buffer | undefined;
  gzip: Buffer | undefined;
  immutable: boolean;
}

/** The built web UI, held in memory: what isn't in the map can't be asked for. */
export type WebUi = ReadonlyMap<string, UiFile>;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** Reads the built UI; a folder that is missing gives an empty one. */
export async function readWebUi(folder: string): Promise<WebUi> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = new Map(
    await Promise.all(paths.map(async (path) => [`/${path.slice(folder.length).replace(/^[\\/]+/, "")}`, await readFile(path)] as const)),
  );
  const shown = [...contents].filter(([path]) => types[extname(path)] !== undefined);
  return new Map(shown.map(([path, plain]) => [path, fileOf(path, plain, contents)]));
}

const fileOf = (path: string, plain: Buffer, contents: Map<string, Buffer>): UiFile => ({
  type: types[extname(path)]!,
  etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
  plain,
  brotli: contents.get(`${path}.br`),
  gzip: contents.get(`${path}.gz`),
  immutable: path.startsWith("/assets/"),
});

/** Answers with the UI's files, and with its page for every address that a browser may open. */
export function webUiHandler(ui: WebUi): RequestHandler {
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") return next();
    const file = ui.get(request.path);
    if (file !== undefined) return send(file, request, response);
    if (!wantsPage(request)) return next();
    const page = ui.get("/index.html");
    if (page === undefined) throw notBuilt();
    send(page, request, response);
  };
}

const wantsPage = (request: Request) => request.path === "/" || (/\btext\/html\b/.test(request.get("accept") ?? "") && !/^\/(api|assets)\//.test(request.path));

const notBuilt = () =>
  new AppError(
    "ui.not-built",
    "The web UI is not built. Run `npm run build -w runtime/console` in the project's folder, then restart the console; the API works meanwhile.",
    { status: 503 },
  );

function send(file: UiFile, request: Request, response: Response): void {
  response.setHeader("cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.setHeader("etag", file.etag);
  response.setHeader("vary", "accept-encoding");
  if (request.get("if-none-match") === file.etag) return void response.status(304).end();
  const [encoding, body] = encodingFor(file, request);
  if (encoding !== undefined) response.setHeader("content-encoding", encoding);
  response.setHeader("content-type", file.type);
  response.setHeader("content-length", body.length);
  response.end(request.method === "HEAD" ? undefined : body);
}

function encodingFor(file: UiFile, request: Request): [string | undefined, Buffer] {
  if (file.brotli !== undefined && request.acceptsEncodings("br") === "br") return ["br", file.brotli];
  if (file.gzip !== undefined && request.acceptsEncodings("gzip") === "gzip") return ["gzip", file.gzip];
  return [undefined, file.plain];
}
