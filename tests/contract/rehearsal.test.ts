import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";

// The whole of `freehold rehearse`: it takes a quarter of an hour, so it is asked for: FREEHOLD_TEST_REHEARSE=1.
jest.setTimeout(3_600_000);

const thorough = process.env["FREEHOLD_TEST_REHEARSE"] === "1" ? test : test.skip;

async function rehearse(...argv: string[]): Promise<{ code: number; said: string }> {
  const program = join(import.meta.dirname, "../../infra/cli/main.ts");
  const { NODE_OPTIONS: _ofJest, ...env } = process.env;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, "rehearse", ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number>((resolve) => void child.once("close", (ended) => resolve(ended ?? 1)));
  return { code, said };
}

thorough("production comes up from nothing, loses its machine, then its volume too, and has the same data each time", async () => {
  const { code, said } = await rehearse();
  expect({ code, said }).toMatchObject({ code: 0 });
  for (const figure of ["time to up", "RTO, machine gone", "RPO, machine gone", "RTO, machine and volume lost", "RPO, machine and volume lost"])
    expect(said).toContain(figure);
  expect(said).toContain("Not simulated:");
});

test.each([
  [["--only", "nothing"], "no step"],
  [["--fault", "nothing"], "no fault"],
])("rehearse %j is refused with what there is, before anything is started", async (argv, message) => {
  const { code, said } = await rehearse(...argv);
  expect(code).toBe(1);
  expect(said).toContain(message);
  expect(said).toContain("There are:");
});
