import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { HomeClient } from "../../infra/cli/home-client.ts";
import { cloneProject, type CleanClone, type CommandResult } from "../support/clean-clone.ts";
import { connectClone, crash, untilEnded, type Job } from "../support/home-api.ts";
import { until } from "../support/until.ts";

jest.setTimeout(1_800_000);

const stack = "first-hour";
const httpsPort = 28_643;
const prefix = `freehold-${stack}`;

let clone: CleanClone;
let home: HomeClient;
let firstKit: string;

/** The commands of a section of the README, in their order. */
function readmeCommands(heading: string): string[] {
  const text = readFileSync(join(clone.folder, "README.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => block.split("\n")).filter((line) => line !== "" && !line.startsWith("#"));
}

async function ok(command: string, timeoutMs?: number): Promise<CommandResult> {
  const result = await clone.sh(command, timeoutMs === undefined ? {} : { timeoutMs });
  if (result.code !== 0) throw new Error(`\`${command}\` ended with ${result.code}:\n${result.text.slice(-6_000)}`);
  console.log(`${command}: ${result.seconds.toFixed(1)} s`);
  return result;
}

const pulumi = (command: string) => ok(`eval "$(npm run --silent freehold -- env)" && pulumi ${command} --stack ${stack} --non-interactive`);

beforeAll(() => {
  clone = cloneProject({ stack, httpPort: 28_642, httpsPort });
});
afterAll(async () => {
  await home?.close();
  clone?.remove();
});

async function reconnect(): Promise<void> {
  await home?.close();
  home = await connectClone(clone, httpsPort);
}

const firstJob = async () => (await home.get<{ jobs: Job[] }>("/api/jobs?limit=10")).jobs.find(({ title }) => title === "First job") as Job;
const helloOf = (id: string) => home.text(`/api/jobs/${id}/files/content?path=hello.md`);

describe("the README, from a fresh clone", () => {
  test("`npm start` ends with a home that has run a real Claude Code job and has a backup of it", async () => {
    const { text } = await ok("npm start", 1_700_000);
    expect(text).toContain(`https://console.localhost:${httpsPort}`);
    expect(text).toMatch(/Password {2}([a-z2-9]{4}-){4}[a-z2-9]{4}/);
    expect(text).toContain("rehearsal model");
    await reconnect();
    const job = await firstJob();
    expect(job).toMatchObject({ state: "succeeded", provider: "rehearsal" });
    expect(await helloOf(job.id)).toContain("Hello from my home");
    expect((await home.get<{ snapshots: unknown[] }>("/api/backups")).snapshots.length).toBeGreaterThan(0);
    await ok("npm run freehold -- recovery-kit --out kit.txt");
    firstKit = readFileSync(join(clone.folder, "kit.txt"), "utf8");
    rmSync(join(clone.folder, "kit.txt"));
  });

  test("a second `npm start` changes nothing and is quick", async () => {
    const containers = () =>
      spawnSync("docker", ["ps", "--quiet", "--no-trunc", "--filter", `label=freehold.stack=${stack}`], { encoding: "utf8" })
        .stdout.split("\n")
        .toSorted();
    const before = containers();
    const { seconds } = await ok("npm start");
    expect(containers()).toEqual(before);
    // Not a measurement: the promise is 30 s; a start that rebuilds or waits for something takes minutes.
    expect(seconds).toBeLessThan(90);
  });

  test("every command of the README's first hour works as it stands there", async () => {
    const commands = readmeCommands("The first hour");
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands.filter((line) => !line.startsWith("git clone") && !line.startsWith("cd ")))
      await ok(command.replaceAll("--stack dev", `--stack ${stack}`));
    await reconnect();
  });

  test("plain pulumi by hand sees the same stack: nothing to change, no drift", async () => {
    await ok("npm start");
    await pulumi("preview --expect-no-changes --policy-pack policies");
    await pulumi("refresh --yes --skip-preview --expect-no-changes");
  });

  test("a changed source file changes just its service", async () => {
    const { text } = await ok(
      `printf '\\n// changed\\n' >> runtime/model/src/main.ts && eval "$(npm run --silent freehold -- env)" && pulumi preview --stack ${stack} --non-interactive --json; git checkout --quiet runtime/model/src/main.ts || true`,
    );
    const { steps } = JSON.parse(text.slice(text.indexOf("{"))) as { steps: { op: string; urn: string }[] };
    const touched = steps.filter(({ op }) => op !== "same").map(({ urn }) => urn.split("::").at(-1));
    expect(touched.length).toBeGreaterThan(0);
    expect(touched.filter((name) => !name?.startsWith("model-") && name !== "freehold-first-hour")).toEqual([]);
  });
});

describe("nothing is lost", () => {
  test("destroyed and started again, the home has its earlier job and file", async () => {
    const { id } = await firstJob();
    await pulumi("destroy --yes --skip-preview");
    await ok("npm start");
    await reconnect();
    expect((await firstJob()).id).toBe(id);
    expect(await helloOf(id)).toContain("Hello from my home");
  });

  test("a start that is killed in the middle goes on where it stopped", async () => {
    const { id } = await firstJob();
    await ok("npm start -- --down");
    const { code } = await clone.sh("npm start", { killWhen: /manager-container created/ });
    expect(code).not.toBe(0);
    const { text } = await ok("npm start");
    expect(text).toContain("was cut off");
    await reconnect();
    expect((await firstJob()).id).toBe(id);
  });

  test("with the volumes of databases and jobs gone, it comes back from the bucket", async () => {
    const { id } = await firstJob();
    await ok("npm run freehold -- backups --now");
    await ok("npm start -- --down");
    expect(spawnSync("docker", ["volume", "rm", `${prefix}-postgres`, `${prefix}-jobs`]).status).toBe(0);
    await ok("npm start");
    await reconnect();
    expect((await firstJob()).id).toBe(id);
    expect(await helloOf(id)).toContain("Hello from my home");
  });

  test("on a computer that has Docker's volumes and no file of the owner's, the printed kit takes over the home that runs", async () => {
    const { id } = await firstJob();
    const { text: printed } = await ok("npm run --silent freehold -- recovery-kit");
    clone.loseOwnersFiles();
    writeFileSync(join(clone.folder, "kit.txt"), printed);
    const { text } = await ok("npm run freehold -- restore --kit kit.txt");
    expect(text).toContain(`The home ${stack} is back`);
    await reconnect();
    expect((await firstJob()).id).toBe(id);
    expect(await helloOf(id)).toContain("Hello from my home");
    await pulumi("preview --expect-no-changes --policy-pack policies");
  });

  test("with nothing left but the buckets and the kit that was written when the home was new, it comes back", async () => {
    const { id } = await firstJob();
    await ok("npm run freehold -- backups --now");
    await ok("npm start -- --down");
    expect(spawnSync("docker", ["volume", "rm", ...["postgres", "jobs", "tenants"].map((name) => `${prefix}-${name}`)]).status).toBe(0);
    clone.loseOwnersFiles();
    writeFileSync(join(clone.folder, "kit.txt"), firstKit);
    await ok("npm run freehold -- restore --kit kit.txt");
    await reconnect();
    expect((await firstJob()).id).toBe(id);
    expect(await helloOf(id)).toContain("Hello from my home");
  });

  test("`freehold restore` brings the home back to its newest snapshot", async () => {
    const { id } = await firstJob();
    const later = await home.post<Job>("/api/jobs", { prompt: "Write a file later.md that says: later" });
    await untilEnded(home, later.id);
    await ok("npm run freehold -- restore latest");
    await until("the console to answer", () => home.get("/api/jobs?limit=1").then(() => true), { timeoutMs: 60_000, everyMs: 500 });
    const { jobs } = await home.get<{ jobs: Job[] }>("/api/jobs?limit=100");
    expect(jobs.map((job) => job.id)).not.toContain(later.id);
    expect(await helloOf(id)).toContain("Hello from my home");
  });

  test.each(["gateway", "worker", "manager", "postgres", "console", "model"])(
    "kill -9 of %s in the middle of a job: it succeeds exactly once",
    async (service) => {
      const prompt = `[[sleep:4]] [[write:/workspace/after.txt|survived ${service}]]`;
      const { id } = await home.post<Job>("/api/jobs", { prompt, title: `kill ${service}` });
      await until("the job to run", async () => (await home.get<Job>(`/api/jobs/${id}`)).state === "running", { timeoutMs: 60_000 });
      crash(`${prefix}-${service}`);
      const job = await untilEnded(home, id, 240_000);
      expect(job.state).toBe("succeeded");
      expect(job.attempts.filter(({ state }) => state === "succeeded")).toHaveLength(1);
      expect(await home.text(`/api/jobs/${id}/files/content?path=after.txt`)).toBe(`survived ${service}`);
      await until("every container to be well", async () => (await clone.sh("npm run --silent freehold -- status")).code === 0, {
        timeoutMs: 60_000,
        everyMs: 1_000,
      });
    },
  );

  test("no job container is left behind", async () => {
    await until(
      "the job containers to go",
      () =>
        spawnSync("docker", ["ps", "--all", "--quiet", "--filter", `label=freehold.stack=${stack}`, "--filter", "label=freehold.job"], { encoding: "utf8" })
          .stdout === "",
      {
        timeoutMs: 60_000,
      },
    );
  });
});
