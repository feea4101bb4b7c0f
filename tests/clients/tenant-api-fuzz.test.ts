import { templateOf, type OpenApiDocument } from "@freehold/kernel/openapi";
import { afterAll, beforeAll, test } from "@jest/globals";
import { proxiedRoutes } from "../../runtime/console/src/proxied-routes.ts";
import { ownerToken } from "../support/console.ts";
import { startTenantServices, type TenantServices } from "../support/tenant-services.ts";
import { buildSchemathesis, fuzz, withIds } from "./schemathesis-run.ts";

const seconds = Number(process.env["FREEHOLD_API_FUZZ_SECONDS"] ?? 10);
const there = ["anna", "bella", "carla"];
/** The manager waits half a minute at most until a restored home is in its place. */
const answerSeconds = 40;
/** Frozen at random, so that nothing else waits for the end of a lease. */
const pausable = "frost";
const restoreIds: string[] = [];

let services: TenantServices;
let keeping: NodeJS.Timeout;

beforeAll(async () => {
  buildSchemathesis();
  services = await startTenantServices();
  for (const id of [...there, pausable]) await services.provide(id);
  await services.manager.call("POST", "/tenants/anna/backup", {});
  for (const id of there) restoreIds.push(String((await services.manager.call("POST", "/tenants/anna/restore", { into: id })).body["id"]));
  // What was removed comes back, or soon every answer would be that there is no such tenant.
  keeping = setInterval(() => {
    for (const id of [...there, pausable])
      for (const path of ["/tenants", `/tenants/${id}/keep`])
        void services.manager.call("POST", path, path === "/tenants" ? { id } : {}).catch(() => undefined);
  }, 500);
}, 600_000);
afterAll(async () => {
  clearInterval(keeping);
  await services?.close();
});

const idsFor = (path: string): string[] | undefined => {
  if (path.endsWith("/restores/{id}")) return [...restoreIds, "nobody-1"];
  if (/\{id\}\/(freeze|thaw)$/.test(path)) return [pausable, "nobody"];
  return path.includes("{id}") ? [...there, "nobody"] : undefined;
};

async function readDocument(url: string, token: string, isTried: (path: string) => boolean): Promise<OpenApiDocument> {
  const document = (await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json()) as OpenApiDocument;
  return { ...document, paths: Object.fromEntries(Object.entries(document.paths).filter(([path]) => isTried(path))) };
}

const named = { manager: "manager-token", backup: "backup-token" };
/** Containers of jobs need Docker itself; manager.test.ts tries those. What the console passes on is tried through it. */
const ofJobs = /^\/(containers|tasks)/;
const passedOn = new Set(proxiedRoutes.map(({ to }) => templateOf(to)));
const throughConsole = /^\/api\/(tenants|backups|restores|drills)/;

test.each<{ door: string; address: () => { url: string; token: string; document?: string }; isTried: (path: string) => boolean }>([
  {
    door: "the manager's own API",
    address: () => ({ url: services.manager.url, token: named.manager }),
    isTried: (path) => !ofJobs.test(path) && !passedOn.has(path),
  },
  { door: "the backup service's own API", address: () => ({ url: services.backup.url, token: named.backup }), isTried: (path) => !passedOn.has(path) },
  {
    door: "both through the console",
    address: () => ({ url: services.house.url, token: ownerToken, document: "/api/openapi.json" }),
    isTried: (path) => throughConsole.test(path),
  },
])(
  "$door: whatever is sent, no answer is a server error or undocumented",
  async ({ address, isTried }) => {
    const { url, token, document = "/openapi.json" } = address();
    await fuzz(withIds(await readDocument(url + document, token, isTried), idsFor), { url, token, seconds, least: 1, answerSeconds });
  },
  (seconds + 260) * 1_000,
);
