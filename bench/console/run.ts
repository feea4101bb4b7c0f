// Has Lighthouse judge the built console, page by page, on a desktop and on a phone. bench/README.md says how to read it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { Failure } from "../../infra/cli/failure.ts";
import globalSetup from "../../tests/support/global-setup.ts";
import globalTeardown from "../../tests/support/global-teardown.ts";
import { startHouse, type House } from "./house.ts";
import { judge, type Verdict } from "./judge.ts";
import { renderReport } from "./report.ts";
import { forms, pages, type Page } from "./pages.ts";

const usage = "node bench/console/run.ts [--runs N] [--only PAGE,PAGE] [--out FOLDER]";
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Options {
  runs: number;
  only: readonly Page[];
  outFolder: string;
}

try {
  await main(readOptions());
} catch (fault) {
  say(fault instanceof Failure ? `${fault.message}\n  What to do: ${fault.cure}` : String((fault as Error).stack));
  process.exitCode = 1;
}

async function main({ runs, only, outFolder }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "freehold-bench-"));
  await globalSetup();
  try {
    const house = await startHouse(folder, say);
    try {
      write(outFolder, await judgeAll(house, { runs, only }), { runs });
    } finally {
      await house.close();
    }
  } finally {
    globalTeardown();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judgeAll(house: House, { runs, only }: Pick<Options, "runs" | "only">): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const page of only)
    for (const form of forms) {
      say(`${page.name}, ${form}`);
      verdicts.push(await inBrowser((port) => judge({ house, page, form, runs, port })));
    }
  return verdicts;
}

/** A browser of its own for each page, so that none has what another one kept. */
async function inBrowser<T>(work: (port: number) => Promise<T>): Promise<T> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  const port = 28_700 + Math.floor(Math.random() * 200);
  const browser = await chromium
    .launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", `--remote-debugging-port=${port}`] })
    .catch((cause: unknown) => {
      throw new Failure(
        `The browser ${executablePath} does not start: ${String(cause).split("\n")[0]}`,
        "Install one (apt-get install chromium), or name it in CHROMIUM.",
      );
    });
  try {
    return await work(port);
  } finally {
    await browser.close();
  }
}

function write(outFolder: string, verdicts: Verdict[], { runs }: { runs: number }): void {
  const about = {
    at: new Date().toISOString(),
    runs,
    otherWork: loadavg()[0]!,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB, ${process.platform} ${release()} ${arch()}`,
    versions: { Node: process.versions.node, Lighthouse: verdicts[0]?.lighthouse ?? "", Chromium: verdicts[0]?.chromium ?? "" },
  };
  mkdirSync(outFolder, { recursive: true });
  const path = join(outFolder, about.at.slice(0, 10));
  const text = renderReport(about, verdicts);
  writeFileSync(`${path}.md`, text);
  writeFileSync(`${path}.json`, `${JSON.stringify({ ...about, verdicts }, null, 2)}\n`);
  process.stdout.write(text);
  if (verdicts.some(({ scores }) => Object.values(scores).some((score) => score < 95))) process.exitCode = 1;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({ options: { runs: { type: "string", default: "3" }, only: { type: "string" }, out: { type: "string" } } });
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1 || runs > 9) throw new Error(`--runs takes a number from 1 to 9, not ${values.runs}.`);
    const wanted = values.only?.split(",");
    const unknown = wanted?.find((name) => !pages.some((page) => page.name === name));
    if (unknown !== undefined) throw new Error(`There is no page ${unknown}; there are ${pages.map(({ name }) => name).join(", ")}.`);
    const only = wanted === undefined ? pages : pages.filter(({ name }) => wanted.includes(name));
    return { runs, only, outFolder: values.out ?? join(import.meta.dirname, "results") };
  } catch (cause) {
    throw new Failure((cause as Error).message, usage);
  }
}
