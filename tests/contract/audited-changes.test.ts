import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import pg from "pg";
import { openApiDocument as backupDocument } from "../../runtime/backup/src/routes/descriptions.ts";
import { openApiDocument as managerDocument } from "../../runtime/manager/src/routes/descriptions.ts";
import { asJson, ownerToken } from "../support/console.ts";
import { bodies, isChange, operationsOf, type Operation } from "../support/tenant-requests.ts";
import { startTenantServices, type TenantServices } from "../support/tenant-services.ts";
import { until } from "../support/until.ts";

let services: TenantServices;
let database: pg.Client;

beforeAll(async () => {
  services = await startTenantServices();
  database = new pg.Client({ connectionString: services.databaseUrl });
  await database.connect();
}, 60_000);
afterAll(async () => {
  await database?.end();
  await services?.close();
});

/** Changes of jobs' containers are the worker's, which has the console's record of who asked. */
const ofJobs = /^\/(containers|tasks)/;
const changes = (document: OpenApiDocument, isMeant: (path: string) => boolean) => operationsOf(document, isMeant).filter(isChange);
const ofManager = changes(managerDocument(), (path) => !ofJobs.test(path));
const ofBackup = changes(backupDocument(), () => true);
/** That somebody uses a tenant is told four times a minute while a page of it is open; it changes nothing but when it falls asleep. */
const unrecorded = ["noteActivity"];

test("every change that the documents name is tried here", () => {
  expect([...ofManager, ...ofBackup].filter(({ id }) => !(id in bodies)).map(({ id }) => `${id} needs a body in tests/support/tenant-requests.ts`)).toEqual([]);
  expect(ofManager.length + ofBackup.length).toBeGreaterThan(25);
});

const ask = (method: string, path: string, body?: object, actor = "nobody") =>
  services.manager.call(method.toUpperCase(), path, body, { "x-freehold-actor": encodeURIComponent(actor) });

/** What must have been before, so that a change is one. */
const before: Readonly<Record<string, (id: string) => Promise<object | void>>> = {
  keepTenant: async (id) => void (await ask("DELETE", `/tenants/${id}`)),
  thawTenant: async (id) => ({
    lease: (await until("a lease", async () => (await ask("POST", `/tenants/${id}/freeze`, { leaseMs: 20_000 })).body["lease"])) as string,
  }),
  restoreTenant: async (id) => (await ask("POST", `/tenants/${id}/backup`, {}), { at: "2099-01-01" }),
  restore: async (id) => (await ask("POST", `/tenants/${id}/backup`, {}), { id, date: "2099-01-01" }),
  createTenantBackup: async () => {},
  runRestoreDrill: async (id) => void (await ask("POST", `/tenants/${id}/backup`, {})),
};

let made = 0;

/** A tenant of its own for each change, with the request that changes it. */
async function prepared({ id: operation, path }: Pick<Operation, "id" | "path">): Promise<{ path: string; body: object | undefined }> {
  const tenant = `tenant-${(made += 1)}`;
  const isMade = operation === "createTenant" || operation === "provision";
  if (!isMade) await services.provide(tenant);
  const more = await before[operation]?.(tenant);
  const standard = bodies[operation];
  const own = standard && {
    ...standard,
    ...("id" in standard && { id: tenant }),
    ...("domains" in standard && { domains: [`${tenant}.example.org`] }),
  };
  return { path: path.replace("{id}", tenant), body: more ?? own };
}

const newestEvent = async () => Number((await database.query("select coalesce(max(id), 0) as id from tenant_events")).rows[0].id);

test.each(ofManager.filter(({ id }) => !unrecorded.includes(id)))("$method $path of the manager is an event with who asked", async (operation) => {
  const { path, body } = await prepared(operation);
  const since = await newestEvent();
  const actor = `Ada for ${operation.id}`;
  const { status } = await until("an answer", async () => {
    const answer = await ask(operation.method, path, body, actor);
    return answer.body["code"] !== "tenant.busy" && answer;
  });
  expect(status).toBeLessThan(300);
  const who = operation.id === "awakeDoor" ? "door" : actor;
  await until(`an event of ${who}`, async () => (await database.query("select from tenant_events where id > $1 and actor = $2", [since, who])).rowCount! > 0);
});

test.each(ofBackup)("$method $path of the backup service is in its log, before it is done and after", async ({ id, method, path: template }) => {
  const { path, body } = await prepared({ id, path: template });
  const actor = `Ada for ${id}`;
  const headers = { authorization: `Bearer ${services.backup.token}`, "content-type": "application/json", "x-freehold-actor": encodeURIComponent(actor) };
  const { status } = await fetch(services.backup.url + path, {
    method: method.toUpperCase(),
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(status).toBeLessThan(300);
  const lines = await until("the end in the log", () => {
    const found = services.backup.log.filter(({ fields }) => fields["actor"] === actor && fields["path"] === path);
    return found.some(({ event }) => event === "change.ended") && found;
  });
  expect(lines).toEqual([
    { event: "change.asked", fields: expect.objectContaining({ method: method.toUpperCase(), path, requestId: expect.any(String) }) },
    { event: "change.ended", fields: expect.objectContaining({ path, status }) },
  ]);
});

test("each change that the console passes on to the two is in its audit log with who asked and how it ended", async () => {
  const { json } = await services.house.call("GET", "/api/openapi.json", { headers: { authorization: `Bearer ${ownerToken}` } });
  const passedOn = changes(json as OpenApiDocument, (path) => /^\/api\/(tenants|backups|restores|drills)/.test(path));
  expect(passedOn.length).toBeGreaterThan(13);
  const asked: { target: string; status: number }[] = [];
  for (const operation of passedOn) {
    const { path, body } = await prepared(operation);
    const how = asJson(body ?? {}, { authorization: `Bearer ${ownerToken}` });
    const { status } = await until("an answer", async () => {
      const answer = await services.house.call(operation.method.toUpperCase(), path, operation.method === "delete" ? { headers: how.headers } : how);
      return (answer.json as { code?: string } | undefined)?.code !== "tenant.busy" && answer;
    });
    asked.push({ target: path, status });
  }
  expect(asked.filter(({ status }) => status >= 300)).toEqual([]);
  const rows = await services.house.audit();
  for (const { target, status } of asked)
    expect(rows).toContainEqual(
      expect.objectContaining({ actor: "owner-token", action: expect.stringMatching(/^(tenant|backup|drill)\./), target, status, outcome: "done" }),
    );
}, 60_000);
