import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { emptyBucket } from "./bucket.ts";
import { OracleApi } from "./oracle-api.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const api = new OracleApi({ tenancyId: "t", userId: "u", fingerprint: "f", privateKey });

/** Object Storage, as far as emptying a bucket asks it: pages of two, and refusals when it is told so. */
let objects: string[] = [];
let uploads: { object: string; uploadId: string }[] = [];
let failAfter = Infinity;
let missing = false;
const server = createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://oracle");
  const answer = (status: number, body: unknown = {}) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (missing) return answer(404, { code: "BucketNotFound", message: "no such bucket" });
  if (failAfter-- <= 0) return answer(503, { code: "ServiceUnavailable", message: "try later" });
  const [, kind = "", name = ""] = /^\/n\/home\/b\/hourly\/(o|u)(?:\/(.*))?$/.exec(url.pathname) ?? [];
  if (request.method === "GET") return kind === "u" ? answer(200, uploads) : answer(200, { objects: objects.slice(0, 2).map((object) => ({ name: object })) });
  const wanted = decodeURIComponent(name);
  if (kind === "u") uploads = uploads.filter(({ object, uploadId }) => object !== wanted || uploadId !== url.searchParams.get("uploadId"));
  else objects = objects.filter((object) => object !== wanted);
  return answer(200);
});

beforeEach(async () => {
  objects = ["home/config", "home/data/aa", "wal/ö 1"];
  uploads = [{ object: "home/data/bb", uploadId: "7" }];
  [failAfter, missing] = [Infinity, false];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => new Promise((resolve) => server.close(resolve)));

const empty = () => {
  const said: number[] = [];
  const where = { homeRegion: "eu-zurich-1", namespace: "home", bucket: "hourly", endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  return emptyBucket(api, where, (count) => void said.push(count)).then(() => said);
};

test("a bucket is emptied page by page, with what was never uploaded to its end", async () => {
  expect(await empty()).toEqual([2, 3]);
  expect([objects, uploads]).toEqual([[], []]);
});

test("one that was cut off in the middle goes on with what is left", async () => {
  failAfter = 4;
  await expect(empty()).rejects.toThrow("503-ServiceUnavailable");
  expect(objects).toHaveLength(2);
  failAfter = Infinity;
  await empty();
  expect(objects).toEqual([]);
});

test("a bucket that is gone is empty", async () => {
  missing = true;
  expect(await empty()).toEqual([]);
});
