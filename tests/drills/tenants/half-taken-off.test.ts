import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createMetrics } from "@freehold/kernel/metrics";
import { createTenantNetworks } from "../../../runtime/manager/src/box/tenant-network.ts";
import { createEngine } from "../../../runtime/manager/src/engine.ts";
import { canHaveOwnDocker, OwnDocker } from "./own-docker.ts";

const image = "debian:trixie-slim";
const edge = "drill-edge";
const onlyWhereItCan = canHaveOwnDocker ? test : test.skip;
let engine: OwnDocker;

beforeAll(async () => {
  if (!canHaveOwnDocker) return;
  engine = new OwnDocker();
  await engine.create([image]);
}, 120_000);
afterAll(() => engine?.destroy(), 60_000);

interface Noted {
  NetworkSettings: { Networks: Record<string, object> };
}

onlyWhereItCan(
  "a service that the engine had half taken off a tenant's network when it ended is taken off wholly, and the network goes",
  async () => {
    const place = { prefix: "drill", volume: "none", keeperImage: "none", gatewayPort: 4_010, startCpus: 1 };
    const networks = createTenantNetworks({ engine: createEngine(engine.socket, createMetrics()), place });
    await engine.docker("network", "create", "--subnet", "10.229.255.0/28", "drill-core");
    const id = await engine.docker("run", "--detach", "--init", "--name", edge, "--network", "drill-core", image, "sleep", "600");
    const plan = { id: "ada", subnet: "10.229.0.0/28", internet: false };
    await networks.ensure(plan as never);
    const network = await engine.docker("network", "inspect", "--format", "{{.Id}}", "drill-tenant-ada");
    // The engine has taken it off the network, and ends before it notes that.
    await engine.stop("SIGKILL");
    const file = join(engine.folder, "data/containers", id, "config.v2.json");
    const noted = JSON.parse(readFileSync(file, "utf8")) as Noted;
    const { Networks: places } = noted.NetworkSettings;
    places["drill-tenant-ada"] = { ...places["drill-core"], NetworkID: network, IPAMConfig: { IPv4Address: "10.229.0.3" } };
    writeFileSync(file, JSON.stringify(noted));
    await engine.start();
    expect(await engine.docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", edge)).toContain("drill-tenant-ada");
    await networks.remove("ada");
    expect(await engine.lines("network", "ls", "--quiet", "--filter", "name=drill-tenant-ada")).toEqual([]);
    const left = JSON.parse(await engine.docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", edge)) as object;
    expect(Object.keys(left)).toEqual(["drill-core"]);
    expect(await engine.docker("inspect", "--format", "{{.State.Running}}", edge)).toBe("true");
  },
  120_000,
);
