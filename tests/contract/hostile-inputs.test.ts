import { request } from "node:http";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import { openApiDocument as backupDocument } from "../../runtime/backup/src/routes/descriptions.ts";
import { openApiDocument as managerDocument } from "../../runtime/manager/src/routes/descriptions.ts";
import { ownerToken } from "../support/console.ts";
import { hostileTexts } from "../support/hostile-texts.ts";
import { bodies, operationsOf, type Operation } from "../support/tenant-requests.ts";
import { startTenantServices, type TenantServices } from "../support/tenant-services.ts";

const root = join(import.meta.dirname, "../..");
/** Texts that people read and nobody looks anything up by. */
const free = ["name", "people"];
/** What is rightly taken: a host's name may end with a dot, an image's may hold slashes and dots. */
const fine: Readonly<Record<string, readonly string[]>> = { host: ["anna."], image: ["anna/../bella"] };

let services: TenantServices;
beforeAll(async () => {
  services = await startTenantServices();
  await services.provide("anna");
}, 60_000);
afterAll(() => services?.close());

interface Attempt {
  path: string;
  body?: object | undefined;
}

/** Every place of a request that takes a text from outside, with that text in it. */
function attemptsOf({ id, path, parameters, fields }: Operation): Attempt[] {
  const filled = path.replace("{id}", "anna").replace("{host}", "anna");
  const standard = bodies[id];
  return hostileTexts.flatMap((text) => {
    const wrong = encodeURIComponent(text);
    const may = (name: string) => !free.includes(name) && !(fine[name] ?? []).includes(text);
    const inPath = parameters
      .filter((one) => one.in === "path" && may(one.name) && text !== "")
      .map(({ name }) => ({ path: path.replace(`{${name}}`, wrong), body: standard }));
    const inQuery = parameters.filter((one) => one.in === "query" && may(one.name)).map(({ name }) => ({ path: `${filled}?${name}=${wrong}`, body: standard }));
    const inBody = fields.filter(may).map((name) => ({ path: filled, body: { ...standard, [name]: name === "domains" ? [text] : text } }));
    return [...inPath, ...inQuery, ...inBody];
  });
}

/** As it stands: `fetch` would resolve the dots of a path before anybody sees them. */
function send(url: string, token: string, { method, path, body }: { method: string } & Attempt): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request({ hostname, port, method: method.toUpperCase(), path, headers }, (response) => {
      const parts: Buffer[] = [];
      response
        .on("data", (part: Buffer) => parts.push(part))
        .on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
    });
    sent.on("error", reject).end(text);
  });
}

const jobs = /^\/(containers|tasks)/;
const documents: { of: string; document: () => Promise<OpenApiDocument>; isMeant: (path: string) => boolean; door: () => { url: string; token: string } }[] = [
  {
    of: "the manager",
    document: async () => managerDocument(),
    isMeant: (path) => !jobs.test(path),
    door: () => ({ url: services.manager.url, token: "manager-token" }),
  },
  {
    of: "the backup service",
    document: async () => backupDocument(),
    isMeant: () => true,
    door: () => ({ url: services.backup.url, token: services.backup.token }),
  },
  {
    of: "both, through the console",
    document: async () =>
      (await services.house.call("GET", "/api/openapi.json", { headers: { authorization: `Bearer ${ownerToken}` } })).json as OpenApiDocument,
    isMeant: (path) => /^\/api\/(tenants|backups|restores|drills)/.test(path),
    door: () => ({ url: services.house.url, token: ownerToken }),
  },
];

test.each(documents)(
  "no route of $of takes an id, a date, a folder or a name that could mean something else, and nothing is done for it",
  async ({ document, isMeant, door }) => {
    const { url, token } = door();
    const taken: string[] = [];
    const outward = services.outward.length;
    let tried = 0;
    for (const operation of operationsOf(await document(), isMeant)) {
      if (operation.fields.length > 0) expect(Object.keys(bodies)).toContain(operation.id);
      for (const attempt of attemptsOf(operation)) {
        tried += 1;
        const { status, text } = await send(url, token, { method: operation.method, ...attempt });
        if (status !== 400 && status !== 404)
          taken.push(`${operation.method} ${attempt.path} ${JSON.stringify(attempt.body)} → ${status} ${text.slice(0, 100)}`);
      }
    }
    expect(taken).toEqual([]);
    expect(services.outward.slice(outward)).toEqual([]);
    expect(tried).toBeGreaterThan(100);
  },
  60_000,
);

/** Inside the container of the figures a constant script speaks HTTP; what it asks is an argument, encoded. */
const constantScripts = ["infra/cli/standing.ts"];

test("no service and no command hands anything from outside to a shell", () => {
  const folders = ["runtime/manager/src", "runtime/backup/src", "runtime/console/src", "infra/cli"];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("testing/"))
      .map((name) => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(200);
  const shell = /\bshell:|\bexecSync\(|child_process.*\bexec\b|["'`](\/bin\/)?(ba|da)?sh["'`]/;
  expect(files.filter((file) => shell.test(readFileSync(join(root, file), "utf8")))).toEqual(constantScripts);
});
