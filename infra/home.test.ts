import { beforeAll, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { deriveSecret } from "./keys.ts";
import { parseSettings } from "./settings.ts";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const key = "k".repeat(43);

async function build(configuration: Record<string, string>): Promise<Registered[]> {
  const seen: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        seen.push({ type, name, inputs });
        return { id: `${name}-id`, state: { ...inputs, stdout: "built" } };
      },
      call: ({ inputs }) => inputs,
    },
    "freehold",
    "dev",
    false,
  );
  const { Home } = await import("./home.ts");
  const { localPlace } = await import("./places/local.ts");
  const settings = parseSettings("dev", { "freehold:place": "local", ...configuration });
  const home = new Home("home", { stack: "dev", prefix: "freehold-dev", key, settings, place: localPlace("freehold-dev", settings) });
  await new Promise((resolve) => pulumi.output(home.urls).apply(resolve));
  await (pulumi.runtime as unknown as { waitForRPCs?: () => Promise<void>; disconnect: () => Promise<void> }).disconnect();
  return seen;
}

interface Upload {
  file: string;
  content: unknown;
  permissions: string;
}

interface ContainerInputs {
  name: string;
  envs: string[];
  uploads: Upload[];
  networksAdvanced: { name: string }[];
  ports: { external: number; ip: string }[];
  mounts: { type: string; source: string }[];
  memory: number;
  memorySwap: number;
}

const containersOf = (all: Registered[]) =>
  all.filter(({ type }) => type === "docker:index/container:Container").map(({ inputs }) => inputs as unknown as ContainerInputs);

/** Pulumi marks what holds a secret by wrapping it. */
const unwrapped = <T>(held: T): T => (held as { value?: T } | undefined)?.value ?? held;
const uploadsOf = (container: ContainerInputs) => unwrapped(container.uploads).map(unwrapped);

describe("the home on this machine's Docker", () => {
  let containers: ContainerInputs[];
  let all: Registered[];
  beforeAll(async () => {
    all = await build({});
    containers = containersOf(all);
  });
  const named = (name: string) => containers.find((container) => container.name === `freehold-dev-${name}`) as ContainerInputs;

  test("has every service of the design, each in a container of its own", () => {
    const names = containers.map(({ name }) => name.replace("freehold-dev-", "")).toSorted();
    expect(names).toEqual([
      "backup",
      "bridge",
      "bucket",
      "console",
      "edge",
      "egress",
      "gateway",
      "manager",
      "metrics",
      "model",
      "postgres",
      "valkey",
      "worker",
    ]);
  });

  test("gives the Docker socket to the manager alone", () => {
    expect(containers.filter(({ mounts }) => mounts.some(({ source }) => source.includes("docker.sock"))).map(({ name }) => name)).toEqual([
      "freehold-dev-manager",
    ]);
  });

  test("lets the tenants' proxy out, refuses it the home's own ranges, and gives it no secret and no volume", async () => {
    const egress = named("egress");
    expect(egress.networksAdvanced.map(({ name }) => name)).toEqual(["freehold-dev-egress"]);
    expect(egress.envs).toEqual(["DENIED_RANGES=10.214.0.0/16"]);
    expect([...uploadsOf(egress), ...egress.mounts]).toEqual([]);
    const elsewhere = containersOf(await build({ "freehold:jobs": '{"subnets":"100.200.0.0/22"}' })).find(({ name }) => name === "freehold-dev-egress");
    expect(elsewhere?.envs).toEqual(["DENIED_RANGES=100.200.0.0/22,10.214.0.0/16"]);
  });

  test("publishes only the edge, and only on the loopback address", () => {
    const published = containers.filter(({ ports }) => ports.length > 0);
    expect(published.map(({ name }) => name)).toEqual(["freehold-dev-edge"]);
    expect(published.flatMap(({ ports }) => ports.map(({ ip }) => ip))).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  test("gives every job slot a network that only the gateway shares", () => {
    const jobNetworks = (container: ContainerInputs) => container.networksAdvanced.map(({ name }) => name).filter((name) => name.includes("-job-"));
    expect(jobNetworks(named("gateway"))).toEqual(["freehold-dev-job-1", "freehold-dev-job-2", "freehold-dev-job-3"]);
    expect(containers.filter((container) => jobNetworks(container).length > 0)).toHaveLength(1);
  });

  test("keeps databases, manager and backup on a network without a way out", () => {
    const internal = all
      .filter(({ type, inputs }) => type === "docker:index/network:Network" && inputs["internal"] === true)
      .map(({ inputs }) => inputs["name"]);
    for (const name of ["postgres", "valkey", "manager", "backup", "metrics"])
      expect(named(name).networksAdvanced.every((network) => internal.includes(network.name))).toBe(true);
  });

  test("lets the worker out for its notices, with a key of its own for what it keeps secret, and nobody else in by that", () => {
    const worker = named("worker");
    expect(worker.networksAdvanced.map(({ name }) => name)).toEqual(["freehold-dev-core", "freehold-dev-egress"]);
    const sealed = uploadsOf(worker).find(({ file }) => file === "/run/secrets/secrets-key");
    expect(unwrapped(sealed?.content)).toBe(deriveSecret(key, "key/worker-secrets"));
    expect(worker.envs).toEqual(expect.arrayContaining(["CONSOLE_ORIGIN=https://console.localhost:28443", "NOTICE_ALLOWED_HOSTS="]));
    const others = containers.filter((container) => container !== worker && JSON.stringify(container).includes("secrets-key"));
    expect(others.map(({ name }) => name)).toEqual(["freehold-dev-manager"]);
  });

  test("gives the manager what tenants need: a database, a key of its own for their secrets, a bound for their memory, and no volume", () => {
    const manager = named("manager");
    const sealed = uploadsOf(manager).find(({ file }) => file === "/run/secrets/secrets-key");
    expect(unwrapped(sealed?.content)).toBe(deriveSecret(key, "key/manager-secrets"));
    expect(manager.envs).toEqual(
      expect.arrayContaining([
        "DATABASE_URL=postgres://manager@postgres:5432/manager",
        "TENANTS_VOLUME=freehold-dev-tenants",
        "TENANTS_MEMORY_MB=4096",
        "TENANT_MEMORY_MB=1280",
        "TENANT_IDLE_MINUTES=30",
        "TENANT_DOMAIN=localhost",
        "TENANT_PORT=28443",
        "TENANT_SUBNETS=10.214.0.0/16",
      ]),
    );
    expect(manager.mounts.map(({ type }) => type)).toEqual(["bind"]);
    expect(named("backup").envs).toContain("DATABASES=gateway,worker,console,manager");
  });

  test("puts secrets into files that only the service's user can read, never into the environment", () => {
    const password = deriveSecret(key, "postgres");
    const text = JSON.stringify(containers.map(({ envs }) => envs));
    expect(text).not.toContain(password);
    const secrets = containers.flatMap(uploadsOf).filter(({ file }) => file.startsWith("/run/secrets/"));
    expect(secrets.length).toBeGreaterThan(10);
    expect(secrets.every(({ permissions }) => permissions === "0400")).toBe(true);
  });

  test("gives the gateway a volume of its own for what is not in the books yet", () => {
    const gateway = named("gateway");
    expect(gateway.mounts).toEqual([{ type: "volume", source: "freehold-dev-gateway", target: "/data" }]);
    expect(gateway.envs).toContain("GATEWAY_JOURNAL_DIR=/data/journal");
  });

  test("bounds every container's memory, without swap on top", () => {
    for (const { memory, memorySwap } of containers) expect([memory > 0, memorySwap]).toEqual([true, memory]);
  });
});

describe("the bridge to Gemini", () => {
  const home = async (configuration: Record<string, string>) => {
    const containers = containersOf(await build(configuration));
    return (name: string) => containers.find((container) => container.name === `freehold-dev-${name}`) as ContainerInputs;
  };
  const secret = (container: ContainerInputs, name: string) => unwrapped(uploadsOf(container).find(({ file }) => file === `/run/secrets/${name}`)?.content);

  test("stands on the core and on the way out alone, with a volume of its own and keys that follow from the home's", async () => {
    const bridge = (await home({}))("bridge");
    expect(bridge.networksAdvanced.map(({ name }) => name)).toEqual(["freehold-dev-core", "freehold-dev-egress"]);
    expect(bridge.mounts).toEqual([{ type: "volume", source: "freehold-dev-bridge", target: "/data" }]);
    expect([secret(bridge, "bridge-key"), secret(bridge, "bridge-admin-token")]).toEqual([
      deriveSecret(key, "bridge"),
      deriveSecret(key, "token/bridge-admin"),
    ]);
    expect(bridge.memory).toBeLessThanOrEqual(192);
  });

  test("is asked by the gateway only where there is a key for Gemini, which the gateway never sees", async () => {
    const without = await home({});
    expect(without("gateway").envs.filter((line) => line.startsWith("BRIDGE_"))).toEqual([]);
    expect(secret(without("bridge"), "gemini-api-key")).toBeUndefined();
    const named = await home({ "freehold:geminiApiKey": "AIza-of-a-test" });
    expect(secret(named("bridge"), "gemini-api-key")).toBe("AIza-of-a-test");
    expect(named("gateway").envs).toEqual(expect.arrayContaining(["BRIDGE_URL=http://bridge:8081", "BRIDGE_TOKEN_FILE=/run/secrets/bridge-token"]));
    expect(secret(named("gateway"), "bridge-token")).toBe(secret(named("bridge"), "bridge-token"));
    expect(secret(named("gateway"), "gemini-api-key")).toBeUndefined();
  });

  test("stands twice where Antigravity's risk is accepted, with keys and a volume of its own, and the gateway asks it by name", async () => {
    expect((await home({}))("antigravity")).toBeUndefined();
    const named = await home({
      "freehold:antigravity": '{"acceptRisk":true,"clientId":"client-1","project":"p-1"}',
      "freehold:antigravityClientSecret": "secret-of-a-test",
    });
    const [bridge, antigravity, gateway] = [named("bridge"), named("antigravity"), named("gateway")];
    expect(antigravity.envs).toEqual(expect.arrayContaining(["ANTIGRAVITY=accept-risk", "GOOGLE_OAUTH_CLIENT_ID=client-1", "GOOGLE_PROJECT=p-1"]));
    expect(antigravity.mounts).toEqual([{ type: "volume", source: "freehold-dev-antigravity", target: "/data" }]);
    expect(secret(antigravity, "client-secret")).toBe("secret-of-a-test");
    for (const name of ["bridge-token", "bridge-admin-token", "bridge-key"]) expect(secret(antigravity, name)).not.toBe(secret(bridge, name));
    expect(gateway.envs).toEqual(expect.arrayContaining(["ANTIGRAVITY=accept-risk", "ANTIGRAVITY_URL=http://antigravity:8081"]));
    expect(secret(gateway, "antigravity-token")).toBe(secret(antigravity, "bridge-token"));
    expect(JSON.stringify([bridge, gateway])).not.toContain("secret-of-a-test");
  });
});

describe("traces", () => {
  test("are sent by the gateway where a receiver is named, whose credential lies in a file", async () => {
    const gateway = async (configuration: Record<string, string>) =>
      containersOf(await build(configuration)).find(({ name }) => name === "freehold-dev-gateway") as ContainerInputs;
    expect((await gateway({})).envs.filter((line) => line.startsWith("OTEL_"))).toEqual([]);
    const traced = await gateway({
      "freehold:tracing": '{"endpoint":"https://traces.example:4318","share":0.1,"attributes":{"deployment.environment":"at home, upstairs"}}',
      "freehold:tracingHeaders": "authorization=Bearer%20t",
    });
    expect(traced.envs.filter((line) => line.startsWith("OTEL_")).toSorted()).toEqual([
      "OTEL_EXPORTER_OTLP_ENDPOINT=https://traces.example:4318",
      "OTEL_EXPORTER_OTLP_HEADERS_FILE=/run/secrets/tracing-headers",
      "OTEL_RESOURCE_ATTRIBUTES=deployment.environment=at%20home%2C%20upstairs",
      "OTEL_SERVICE_NAME=freehold-gateway",
      "OTEL_TRACES_SAMPLER=parentbased_traceidratio",
      "OTEL_TRACES_SAMPLER_ARG=0.1",
    ]);
    expect(unwrapped(uploadsOf(traced).find(({ file }) => file === "/run/secrets/tracing-headers")?.content)).toBe("authorization=Bearer%20t");
  });
});
