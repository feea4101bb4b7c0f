import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startConsole, type TestConsole } from "../../../tests/support/console.ts";

const nowhere = "http://127.0.0.1:1";
const upstreams = { worker: nowhere, backup: nowhere, gateway: nowhere };
const clock = { now: () => Date.now() };
const script = "console.log('home');";
let folder: string;
let house: TestConsole;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "freehold-ui-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Freehold</title>");
  await writeFile(join(folder, "assets/index-abc.js"), script);
  await writeFile(join(folder, "assets/index-abc.js.br"), brotliCompressSync(script));
  await writeFile(join(folder, "assets/index-abc.js.gz"), gzipSync(script));
  await writeFile(join(folder, "secret.key"), "not for the web");
  house = await startConsole({ clock, upstreams, settings: { UI_DIR: folder } });
});
afterAll(async () => {
  await house.close();
  await rm(folder, { recursive: true });
});

const page = { accept: "text/html,*/*;q=0.8" };

test.each(["/", "/index.html", "/jobs/abc", "/jobs/abc/files?path=a.b", "/backups"])("%s gives the page, checked anew each time", async (path) => {
  const answer = await house.call("GET", path, { headers: page });
  expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" } });
  expect((await house.call("GET", path, { headers: { ...page, "if-none-match": String(answer.headers["etag"]) } })).status).toBe(304);
});

test("hashed assets are kept forever, and come compressed to whoever can read that", async () => {
  const plain = await house.call("GET", "/assets/index-abc.js");
  expect(plain).toMatchObject({ text: script, headers: { "cache-control": "public, max-age=31536000, immutable", vary: "accept-encoding" } });
  expect((await house.call("GET", "/assets/index-abc.js", { headers: { "accept-encoding": "gzip, deflate, br" } })).headers["content-encoding"]).toBe("br");
  expect((await house.call("GET", "/assets/index-abc.js", { headers: { "accept-encoding": "gzip" } })).headers["content-encoding"]).toBe("gzip");
});

test.each(["/assets/index-old.js", "/assets/../../package.json", "/..%2f..%2fpackage.json", "/secret.key"])(
  "what isn't part of the UI (%s) isn't served",
  async (path) => {
    expect((await house.call("GET", path, { headers: { accept: "*/*" } })).status).toBe(404);
    expect((await house.call("GET", path, { headers: page })).text).not.toMatch(/not for the web|freehold\/console/);
  },
);

test("without a built UI the page says how to build it, and the API works", async () => {
  const bare = await startConsole({ clock, upstreams, settings: { UI_DIR: join(folder, "absent") } });
  try {
    expect(await bare.call("GET", "/", { headers: page })).toMatchObject({
      status: 503,
      json: { code: "ui.not-built", detail: expect.stringContaining("npm run build") },
    });
    expect((await bare.call("GET", "/api/session")).status).toBe(401);
  } finally {
    await bare.close();
  }
});
