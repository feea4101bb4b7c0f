import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildStandIn, createBoxHome, type BoxHome } from "../../../../tests/support/box-home.ts";
import { docker } from "../../../../tests/support/job-place.ts";
import { until } from "../../../../tests/support/until.ts";

let home: BoxHome;
/** Units: milliseconds that the box's clock is ahead. */
let later = 0;

const ready = (id: string) => until(`tenant ${id}`, () => home.box.isReady(id), { timeoutMs: 60_000, everyMs: 200 });
const up = async (id: string, more: Parameters<BoxHome["plan"]>[1] = {}) => {
  const plan = home.plan(id, { memoryMb: 256, ...more });
  await home.box.prepare(plan);
  await home.box.start(plan);
  return plan;
};
const state = async (id: string) => (await home.box.list()).find((box) => box.id === id);
const members = (id: string) => docker("network", "inspect", "--format", "{{range .Containers}}{{.Name}} {{end}}", home.nameOf(id)).split(" ").toSorted();
const named = (...names: string[]) => names.map((name) => `${home.prefix}-${name}`);
const code = (pending: Promise<unknown>) =>
  pending.then(
    () => "no error",
    (thrown: { code?: string }) => thrown.code,
  );

beforeAll(() => {
  home = createBoxHome("box", { tenantImage: buildStandIn(), range: "10.214", now: () => new Date(Date.now() + later) });
}, 240_000);
afterAll(() => home.remove(), 60_000);

test("a tenant starts, is ready as a client sees it, is seen, and is gone with its network when it stops; its home stays", async () => {
  const cpus = () => docker("inspect", "--format", "{{.HostConfig.NanoCpus}}", home.nameOf("life"));
  await up("life", { cpus: 0.5 });
  // Its start may use more than its share, and nothing else.
  expect(cpus()).toBe("1000000000");
  await ready("life");
  expect(cpus()).toBe("500000000");
  expect(await state("life")).toMatchObject({ state: "running", generation: 1, exitCode: null, oomKilled: false });
  expect(members("life")).toEqual([...named("edge", "egress", "gateway", "tenant-life")].toSorted());
  expect(await home.box.logs("life", 10)).toMatch(/^(a line on stderr\nlistening|listening\na line on stderr)\n$/);
  expect(await home.box.usage("life")).toMatchObject({ memoryMb: expect.any(Number), pids: expect.any(Number) });
  expect(await home.box.diagnose("life")).toEqual([]);
  await home.box.stop("life", 10_000);
  expect(await state("life")).toBeUndefined();
  expect(docker("network", "ls", "--quiet", "--filter", `name=^${home.nameOf("life")}$`)).toBe("");
  expect(readFileSync(join(home.folder, "life/home/ended"), "utf8")).toBe("by itself\n");
  expect(await home.box.diskMb("life")).toBeGreaterThan(0);
}, 90_000);

test("prepare and start may be repeated at any point, and change nothing that is as it should be", async () => {
  const plan = await up("again");
  const before = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", home.nameOf("again"));
  const config = readFileSync(join(home.folder, "again/home/openclaw.json"), "utf8");
  await home.box.prepare(plan);
  await home.box.start(plan);
  expect(docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", home.nameOf("again"))).toBe(before);
  expect(readFileSync(join(home.folder, "again/home/openclaw.json"), "utf8")).toBe(config);
  docker("network", "disconnect", home.nameOf("again"), `${home.prefix}-gateway`);
  await home.box.rejoin();
  expect(members("again")).toContain(`${home.prefix}-gateway`);
  await home.box.start({ ...plan, internet: false });
  expect(members("again")).not.toContain(`${home.prefix}-egress`);
  await home.box.start({ ...plan, generation: 2 });
  expect(await state("again")).toMatchObject({ state: "running", generation: 2 });
  await home.box.stop("again", 1_000);
  await home.box.stop("again", 1_000);
}, 90_000);

test("what a crash has left at any step is picked up by the next start, and by stop", async () => {
  const plan = home.plan("crash", { memoryMb: 256 });
  const network = ["network", "create", "--internal", "--subnet", plan.subnet, "--opt", "com.docker.network.bridge.inhibit_ipv4=true"];
  const labelled = ["--label", `freehold.stack=${home.prefix.replace("freehold-", "")}`, "--label", "freehold.tenant=crash", home.nameOf("crash")];
  docker(...network, ...labelled);
  expect(await state("crash")).toEqual({ id: "crash", generation: 0, state: "exited", exitCode: null, oomKilled: false, startedAt: null });
  await home.box.stop("crash", 0);
  expect(await state("crash")).toBeUndefined();

  // An older network with another range, as a changed setting leaves it.
  docker("network", "create", "--internal", "--subnet", "10.214.77.0/28", ...labelled);
  await home.box.prepare(plan);
  await home.box.start(plan);
  expect(docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", home.nameOf("crash"))).toBe(plan.subnet);

  docker("kill", home.nameOf("crash"));
  expect(await state("crash")).toMatchObject({ state: "exited", exitCode: 137 });
  await home.box.start(plan);
  expect(await state("crash")).toMatchObject({ state: "running" });

  docker("kill", home.nameOf("crash"));
  for (const member of ["edge", "gateway", "egress"]) docker("network", "disconnect", home.nameOf("crash"), `${home.prefix}-${member}`);
  docker("network", "rm", home.nameOf("crash"));
  await home.box.start(plan);
  expect(await state("crash")).toMatchObject({ state: "running" });
  await home.box.stop("crash", 0);
}, 90_000);

test("a service of the home that is down while a tenant ends starts again, though that tenant's network is gone", async () => {
  await up("down");
  docker("kill", `${home.prefix}-edge`);
  await home.box.stop("down", 0);
  docker("start", `${home.prefix}-edge`);
  expect(docker("inspect", "--format", "{{.State.Running}}", `${home.prefix}-edge`)).toBe("true");
}, 60_000);

test("a paused tenant is seen as paused, stays so through a start, goes on, and can be stopped while it is paused", async () => {
  const plan = await up("cold");
  await until("it to listen", async () => (await home.box.logs("cold", 5)).includes("listening"));
  await home.box.pause("cold");
  await home.box.pause("cold");
  await home.box.start(plan);
  expect(await state("cold")).toMatchObject({ state: "paused" });
  expect(await home.box.isReady("cold")).toBe(false);
  await home.box.unpause("cold");
  await home.box.unpause("cold");
  expect(await state("cold")).toMatchObject({ state: "running" });
  await home.box.pause("cold");
  await home.box.stop("cold", 10_000);
  expect(readFileSync(join(home.folder, "cold/home/ended"), "utf8")).toBe("by itself\n");
  expect(await code(home.box.pause("cold"))).toBe("tenant.not-running");
}, 60_000);

test("[T6] what an assistant wrote before it ended by itself stays readable when its container is gone, and stands before what the next one writes", async () => {
  const plan = await up("words");
  await ready("words");
  docker("kill", home.nameOf("words"));
  await home.box.stop("words", 0);
  const ending = /listening\n[^]*\(ended by itself at .* with exit code 137\)\n$/;
  expect(await home.box.logs("words", 10)).toMatch(ending);
  await home.box.start(plan);
  await ready("words");
  const both = await home.box.logs("words", 10);
  expect(both.match(/listening\n/g)).toHaveLength(2);
  expect(await home.box.logs("words", 2)).not.toContain("ended by itself");
  await home.box.stop("words", 0);
  await home.box.erase("words");
  expect(await home.box.logs("words", 10)).toBe("");
}, 90_000);

test("a container or a network that only has the name of a tenant's is left alone", async () => {
  const plan = home.plan("other");
  docker("run", "--detach", "--name", home.nameOf("other"), "node:24-trixie-slim", "sleep", "600");
  for (const attempt of [home.box.start(plan), home.box.stop("other", 0), home.box.prepare(plan), home.box.erase("other"), home.box.isReady("other")])
    expect(await code(attempt)).toBe("tenant.foreign");
  expect(docker("inspect", "--format", "{{.State.Running}}", home.nameOf("other"))).toBe("true");
  docker("rm", "--force", home.nameOf("other"));
  docker("network", "create", "--internal", "--subnet", "10.214.78.0/28", home.nameOf("other"));
  await home.box.prepare(plan);
  expect(await code(home.box.start(plan))).toBe("tenant.foreign");
  await home.box.stop("other", 0);
  expect(docker("network", "ls", "--quiet", "--filter", `name=^${home.nameOf("other")}$`)).not.toBe("");
}, 60_000);

test("a home that the tenant filled with links and pipes is prepared without leaving it, and erased whole", async () => {
  const plan = await up("sly");
  await home.box.stop("sly", 0);
  const own = join(home.folder, "sly/home");
  const victim = join(home.folder, "victim.json");
  writeFileSync(victim, '{"secret":true}');
  for (const make of [
    () => symlinkSync("../../victim.json", join(own, "openclaw.json")),
    () => docker("run", "--rm", "--user", "1000", "--volume", `${own}:/h`, "node:24-trixie-slim", "mkfifo", "/h/openclaw.json"),
    () =>
      docker(
        "run",
        "--rm",
        "--user",
        "1000",
        "--volume",
        `${own}:/h`,
        "node:24-trixie-slim",
        "sh",
        "-c",
        "mkdir -p /h/openclaw.json/a && chmod 0 /h/openclaw.json/a",
      ),
    () => writeFileSync(join(own, "openclaw.json"), "{not json"),
  ]) {
    rmSync(join(own, "openclaw.json"), { recursive: true, force: true });
    make();
    await home.box.prepare(plan);
    expect(JSON.parse(readFileSync(join(own, "openclaw.json"), "utf8"))).toMatchObject({ gateway: { port: 18_789 } });
  }
  expect(readFileSync(victim, "utf8")).toBe('{"secret":true}');
  expect(readFileSync(join(own, "openclaw.json.unreadable"), "utf8")).toBe("{not json");
  await home.box.erase("sly");
  await home.box.erase("sly");
  expect(existsSync(join(home.folder, "sly"))).toBe(false);
  expect(existsSync(victim)).toBe(true);
}, 60_000);

test("a restored home takes the place of the old one, which stays for a day; a repeated call finds it done", async () => {
  await up("back");
  const own = (...path: string[]) => join(home.folder, "back", ...path);
  const restored = (text: string) => {
    const folder = join(home.folder, ".restore/back-1");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "note"), text);
    docker("run", "--rm", "--volume", `${home.folder}:/tenants`, "node:24-trixie-slim", "chown", "-R", "1000:1000", "/tenants/.restore");
  };
  restored("restored");
  expect(await code(home.box.swapHome("back", "/tenants/.restore/back-1/"))).toBe("tenant.running");
  expect(await code(home.box.erase("back"))).toBe("tenant.running");
  await home.box.stop("back", 1_000);
  await home.box.swapHome("back", "/tenants/.restore/back-1/");
  await home.box.swapHome("back", ".restore/back-1");
  expect(readFileSync(own("home/note"), "utf8")).toBe("restored");
  const replaced = readdirSync(own()).filter((name) => name.startsWith("replaced-"));
  expect(replaced).toHaveLength(1);
  expect(existsSync(own(replaced[0] ?? "", "openclaw.json"))).toBe(true);

  await home.box.tidy();
  expect(existsSync(own(replaced[0] ?? ""))).toBe(true);
  later = 25 * 3_600_000;
  await home.box.tidy();
  expect(existsSync(own(replaced[0] ?? ""))).toBe(false);
  expect(readFileSync(own("home/note"), "utf8")).toBe("restored");

  // As a crash leaves it after the old home was put aside.
  restored("restored again");
  renameSync(own("home"), own("replaced-2026-11-21T00-00-00-000Z"));
  await home.box.swapHome("back", ".restore/back-1");
  expect(readFileSync(own("home/note"), "utf8")).toBe("restored again");
}, 90_000);

test.each(["../victim", ".restore/../back", ".restore", "/etc", ".restore/a/b", ".restore/none"])("%s is no restored folder", async (folder) => {
  expect(await code(home.box.swapHome("nobody", folder))).toBe("tenant.folder-missing");
});

test("nothing is left of the short-lived containers, and those of a killed manager are removed", async () => {
  docker(
    "run",
    "--detach",
    "--label",
    `freehold.stack=${home.prefix.replace("freehold-", "")}`,
    "--label",
    "freehold.keeper=measure",
    "--name",
    `${home.prefix}-keeper-left`,
    "node:24-trixie-slim",
    "sleep",
    "600",
  );
  await home.box.removeLeft();
  expect(docker("ps", "--all", "--quiet", "--filter", `name=^${home.prefix}-keeper-`)).toBe("");
  expect(readdirSync(home.folder)).not.toContain("keeper");
}, 60_000);
