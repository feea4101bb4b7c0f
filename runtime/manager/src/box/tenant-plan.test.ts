import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { addressOf, tenantId } from "./box-place.ts";
import { planKeeper } from "./keeper-runs.ts";
import { planNetwork } from "./network-plan.ts";
import type { BoxPlan } from "./tenant-box.ts";
import { planTenant } from "./tenant-plan.ts";

const golden = join(import.meta.dirname, "tenant-plan.golden.json");
const place = { prefix: "freehold-dev", volume: "freehold-dev-tenants", keeperImage: "freehold/manager:0123456789ab", gatewayPort: 4_010 };
const plan: BoxPlan = {
  id: "u1",
  generation: 3,
  image: "freehold/tenant:0123456789ab",
  subnet: "10.214.3.32/28",
  memoryMb: 1_280,
  cpus: 0.5,
  pids: 256,
  diskMb: 2_048,
  internet: true,
  env: { OPENCLAW_GATEWAY_TOKEN: "token", FREEHOLD_KEY: "key" },
  config: {
    origins: ["https://u1.home.example"],
    models: [{ id: "claude-sonnet-4-5", name: "Sonnet", contextWindow: 200_000, maxTokens: 8_192, images: true }],
  },
};

/** Reads like a review: `UPDATE_GOLDEN=1` writes it anew, and the change is read in the diff. */
test("what Docker is told about a tenant, its network and a keeper is as the golden file has it", () => {
  const told = {
    tenant: planTenant(plan, place, "/volume"),
    network: planNetwork(plan, place),
    keeper: planKeeper({ name: "freehold-dev-keeper-1", work: { do: "measure", ids: ["u1"] } }, place),
    narrowKeeper: planKeeper({ name: "freehold-dev-keeper-2", work: { do: "settle" }, folder: "/volume/.restore/u1-1" }, place).HostConfig?.Mounts,
  };
  if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(golden, `${JSON.stringify(told, null, 2)}\n`);
  expect(told).toEqual(JSON.parse(readFileSync(golden, "utf8")));
});

test("a tenant without Internet is told of no proxy", () => {
  const environment = planTenant({ ...plan, internet: false }, place, "/volume").Env ?? [];
  expect(environment.filter((entry) => /proxy/i.test(entry))).toEqual([]);
});

test("a plan's own environment can't change where the state lies or how it is started", () => {
  const env = { ...plan.env, HOME: "/", OPENCLAW_STATE_DIR: "/tmp", HTTP_PROXY: "http://evil:1", NODE_COMPILE_CACHE: "/tmp/x" };
  expect(planTenant({ ...plan, env }, place, "/volume").Env).toEqual(planTenant(plan, place, "/volume").Env);
});

test("another runtime is asked for only where the home's settings name one", () => {
  const other = { ...place, runtime: "runsc" };
  expect(planTenant(plan, other, "/volume").HostConfig).toMatchObject({ Runtime: "runsc", ExtraHosts: ["gateway:10.214.3.36", "egress:10.214.3.37"] });
  expect(planTenant({ ...plan, internet: false }, other, "/volume").HostConfig?.ExtraHosts).toEqual(["gateway:10.214.3.36"]);
  expect(planTenant(plan, place, "/volume").HostConfig).not.toHaveProperty("Runtime");
});

test("until it is ready a tenant may use what starting takes, and never less than its own share", () => {
  const cpus = (share: number) => planTenant({ ...plan, cpus: share }, { ...place, startCpus: 2 }, "/volume").HostConfig?.NanoCpus;
  expect([cpus(0.5), cpus(4)]).toEqual([2e9, 4e9]);
});

test("addresses within a /28 carry over to the next number", () => {
  expect(addressOf("10.0.255.240/28", "egress")).toBe("10.0.255.245");
  expect(addressOf("10.0.0.0/28", "tenant")).toBe("10.0.0.2");
});

test.each(["u", "1u", "u_1", "U1", "u1-", "-u1", "u1/..", "u1\n", "a".repeat(33), ""])("%j is no tenant's id", (id) => {
  expect(tenantId.test(id)).toBe(false);
});
