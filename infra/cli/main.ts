import { homedir } from "node:os";
import { Command } from "commander";
import { OracleApi } from "../claim/oracle-api.ts";
import { readOracleConfig } from "../claim/oracle-config.ts";
import { sshFolder } from "../data-folder.ts";
import { deriveOwnerPassword } from "../keys.ts";
import { diagnose, setUp } from "../setup/index.ts";
import { createProgress } from "../setup/progress.ts";
import { ensureTestTools } from "../setup/test-tools.ts";
import { adoptLost } from "./adopt.ts";
import { setAnthropicKey } from "./anthropic-key.ts";
import { runChecks, runTests } from "./checks.ts";
import { claimMachine } from "./claim.ts";
import { askHere, endEverything } from "./everything.ts";
import { Failure } from "./failure.ts";
import { clearInterrupted } from "./interrupted.ts";
import { runGateway, type GatewayOptions } from "./gateway.ts";
import { connectHome, type HomeClient } from "./home-client.ts";
import type { CommandContext } from "./command-context.ts";
import { jobsCommand } from "./jobs/commands.ts";
import { endTenants } from "./left-tenants.ts";
import { tenantsCommand } from "./tenants/commands.ts";
import { ensureKey, findKey } from "./key-store.ts";
import { renderFindings } from "./doctor.ts";
import { pointAtMachine, reachMachine, takeMachineDown, wakeMachine } from "./machine.ts";
import { readSettings } from "./preflight.ts";
import { connectRunningHome } from "./running-home.ts";
import { addRecovery } from "./recovery-commands.ts";
import { rehearse, type RehearseOptions } from "./rehearse.ts";
import { dockerText } from "./run.ts";
import { checkSchedules, type CheckOptions } from "./schedules.ts";
import type { Settings } from "../settings.ts";
import { withSsh } from "../ssh-access.ts";
import { Stack } from "./stack.ts";
import { stackName } from "./stack-name.ts";
import { bringUp, readUrls, start } from "./start.ts";
import { standingRows } from "./standing.ts";
import { renderRows } from "./standing-rows.ts";
import { isWell, listContainers, renderStatus } from "./status.ts";

const progress = createProgress(process.stdout);
// Another home as the standard one: for a second home on one machine, and for tests that run the README's commands as they stand.
const standardStack = process.env["FREEHOLD_STACK"] ?? "dev";
const program = new Command("freehold").description("A home for your AI agents that you own outright.").showHelpAfterError();

const openStack = async (name: string) => new Stack(name, await setUp(progress));

async function withHome<T>(name: string, use: (home: HomeClient) => Promise<T>): Promise<T> {
  const home = await clientOf(await openStack(name));
  return use(home).finally(() => home.close());
}

const clientOf = async (stack: Stack): Promise<HomeClient> =>
  connectHome({ prefix: stack.prefix, origin: (await readUrls(stack)).console, key: existingKey(stack.name) });

function existingKey(name: string): string {
  const key = findKey(process.env, name);
  if (key === undefined) throw new Failure(`The home ${name} was never started by you on this machine: it has no key.`, "Start it: npm start");
  return key;
}

/** Selects a stack that stands elsewhere or here, and sees to it that its machine can be reached. */
async function openHome(name: string): Promise<{ stack: Stack; settings: Settings }> {
  const stack = await openStack(name);
  await stack.select();
  const settings = await readSettings(stack);
  await reachMachine(stack, settings, process.env);
  return { stack, settings };
}

async function takeDown(name: string): Promise<void> {
  const { stack, settings } = await openHome(name);
  await clearInterrupted(stack);
  await adoptLost(stack, settings);
  await wakeMachine(stack, settings);
  if (settings.place === "oracle") await takeMachineDown(stack, settings);
  else {
    await stack.destroy();
    await endTenants(name);
  }
  console.log(`The home ${name} is down. Its data volumes, backups and key stay; \`npm start\` brings it back with everything.`);
}

program
  .command("start")
  .description("bring the dev home up, run its first job, and back it up")
  .option("--down", "take it down instead; its data stays")
  .option("--stack <name>", "which home", stackName, standardStack)
  .action(async ({ down, stack }: { down?: true; stack: string }) => (down ? takeDown(stack) : start(stack, progress)));

program
  .command("up")
  .argument("[stack]", "which home", stackName, standardStack)
  .description("bring a home to what the program says")
  .action(async (name: string) => {
    const { urls } = await bringUp(name, progress);
    console.log(`Console  ${urls.console}\nGateway  ${urls.gateway}`);
  });

program
  .command("preview")
  .argument("[stack]", "which home", stackName, standardStack)
  .option("--diff", "show each property")
  .option("--expect-no-changes", "fail if anything would change")
  .description("show what `up` would change, with the policies on")
  .action(async (name: string, options: { diff?: true; expectNoChanges?: true }) => {
    const { stack, settings } = await openHome(name);
    await stack.preview(settings, [...(options.diff ? ["--diff"] : []), ...(options.expectNoChanges ? ["--expect-no-changes"] : [])]);
  });

program
  .command("claim")
  .argument("[stack]", "which home", stackName, "prod")
  .option("--small", "take half of the size where there is no machine of the whole one")
  .option("--tries <number>", "give up after so many; the next run goes on", "1000")
  .description("get a machine at Oracle, however long that takes, for `up` to take over")
  .action(async (name: string, { small, tries }: { small?: true; tries: string }) => {
    const { stack, settings } = await openHome(name);
    await claimMachine(stack, ensureKey(process.env, name), settings, { small: small === true, tries: Number(tries) });
  });

program
  .command("check-state")
  .argument("[stack]", "which home", stackName, standardStack)
  .option("--drift", "also compare it with what there really is")
  .description("judge what runs by the policies, without changing anything: is it still free?")
  .action(async (name: string, { drift }: { drift?: true }) => {
    const { stack, settings } = await openHome(name);
    await stack.checkState(settings);
    if (drift) await stack.drift();
    console.log(`The home ${name} keeps to its policies${drift ? ", and nothing was changed by hand" : ""}.`);
  });

program
  .command("down")
  .argument("[stack]", "which home", stackName, standardStack)
  .option("--everything", "also what outlives it otherwise: volumes, backups, address, names and keys. There is no way back")
  .option("--yes <stack>", "with --everything: the stack's name, instead of being asked for it")
  .description("take a home down; its data stays")
  .action(async (name: string, { everything, yes }: { everything?: true; yes?: string }) => {
    if (!everything) return takeDown(name);
    const { stack, settings } = await openHome(name);
    await endEverything({
      stack,
      settings,
      yes,
      ask: process.stdin.isTTY ? askHere : undefined,
      home: () => clientOf(stack),
      environment: process.env,
      oracle: () => new OracleApi(readOracleConfig(process.env, homedir())),
    });
  });

program
  .command("status")
  .argument("[stack]", "which home", stackName, standardStack)
  .option("--containers", "only what runs, which takes a second")
  .description("show what runs, what is used of each free amount, the backups, and what was changed by hand")
  .action(async (name: string, options: { containers?: true }) => {
    pointAtMachine(process.env, name);
    const containers = await listContainers(name);
    console.log(renderStatus(name, containers));
    const well = containers.length > 0 && containers.every(isWell);
    if (!well) process.exitCode = 1;
    // A home on this machine that does not run uses nothing.
    if (options.containers || (containers.length === 0 && findKey(process.env, name) === undefined)) return;
    const { stack, settings } = await openHome(name);
    console.log(`\n${renderRows(await standingRows({ stack, settings, home: () => clientOf(stack), drift: well, now: Date.now() }))}`);
  });

program
  .command("doctor")
  .description("explain which tools are there, what is missing, and the cure")
  .action(async () => {
    const findings = await diagnose();
    console.log(renderFindings(findings));
    if (findings.some(({ state }) => state !== "ok")) process.exitCode = 1;
  });

program
  .command("password")
  .argument("[stack]", "which home", stackName, standardStack)
  .description("print the owner's password")
  .action((name: string) => console.log(deriveOwnerPassword(existingKey(name))));

program
  .command("ca")
  .argument("[stack]", "which home", stackName, standardStack)
  .description("print the certificate of the home's own authority, for a browser or a client to trust")
  .action(async (name: string) => {
    const certificate = await dockerText("exec", `freehold-${name}-edge`, "cat", "/data/caddy/pki/authorities/local/root.crt");
    if (certificate === undefined) throw new Failure("The home's front door is not running.", "Start the home: npm start");
    console.log(certificate);
  });

addRecovery(program, { standardStack, withHome, openStack, progress });

program
  .command("rehearse")
  .option("--only <step>", "only this step, after those that it needs: up, again, status, job, tenant, recreate, restore, account")
  .option(
    "--fault <name>",
    "what goes wrong at the first up, such as out-of-capacity=2 or seed=7; may be given again",
    (fault: string, all: string[]) => [...all, fault],
    [],
  )
  .option("--keep", "leave everything as it is at the end, to be looked at")
  .option("--clean", "take away what an earlier rehearsal left, and nothing else")
  .description("the production program against simulated clouds and a real machine in a container: up, job, down, up again, restore")
  .action((options: RehearseOptions) => rehearse(options, progress));

const key = program.command("key").description("the key of the Anthropic API");
key
  .command("set")
  .argument("[stack]", "which home", stackName, standardStack)
  .description("store it, encrypted, in the stack's settings")
  .action(async (name: string) => setAnthropicKey(await openStack(name)));

const context: CommandContext = {
  withHome: async (use) => {
    const home = await connectRunningHome(process.env, standardStack, existingKey);
    return use(home).finally(() => home.close());
  },
  say: (text) => console.log(text),
  note: (text) => console.error(text),
  exit: (code) => void (process.exitCode = code),
};
program.addCommand(jobsCommand(context));
program.addCommand(tenantsCommand(context));

const schedules = program.command("schedules").description("schedules of jobs, and Ofelia's files of them");
schedules
  .command("check")
  .argument("[file]", "a cron.ini")
  .option("--cases <file>", "run a file of cases instead, one JSON object a line")
  .option("--json", "print JSON")
  .option("--time-zone <name>", "the zone of schedules that name none", "UTC")
  .option("--from <time>", "show the runs after this time instead of now")
  .option("--dialect <name>", "mcuadros, or netresearch for the fork's keys", "mcuadros")
  .option("--replace-containers", "judge as if job-run and job-exec may run in a job's own container")
  .description("read a cron.ini as Ofelia does, and say what it means and what becomes of it here; needs neither Docker nor a home")
  .action(async (file: string | undefined, options: CheckOptions) => {
    const { text, ok } = await checkSchedules(file, options, Date.now());
    console.log(text);
    if (!ok) process.exitCode = 1;
  });

program
  .command("gateway")
  .description("run the gateway alone on this machine, without Docker, PostgreSQL or Valkey; see runtime/gateway/ALONE.md")
  .option("--config <file>", "the document with its providers (YAML or JSON); without one ANTHROPIC_API_KEY is used")
  .option("--data <folder>", "where keys and books are kept (default: gateway in the folder of your homes)")
  .option("--memory", "keep nothing")
  .option("--host <address>", "address to listen on", "127.0.0.1")
  .option("--port <number>", "port to listen on", "4010")
  .option("--rehearsal", "let the rehearsal model answer, offline and free")
  .option("--verbose", "show the whole log")
  .action((options: GatewayOptions) => runGateway(options, process.env));

program
  .command("env")
  .description('print the variables for plain pulumi: eval "$(npm run -s freehold -- env)"')
  .action(async () => {
    const tools = await setUp(createProgress(process.stderr));
    const env = { ...tools.env, PATH: withSsh(tools.env["PATH"], sshFolder(process.env)) };
    for (const [name, value] of Object.entries(env)) console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  });

program
  .command("pulumi")
  .description("run pulumi with the home's tools and state, for example: freehold pulumi preview --diff --stack dev")
  .allowUnknownOption()
  .helpOption(false)
  .argument("[args...]")
  .action(async (argv: string[]) => {
    process.exitCode = await (await openStack(standardStack)).attached(argv);
  });

program.command("check").description("types, lint, format, boundaries, unused code").action(runChecks);
program
  .command("test")
  .argument("[jest...]", "arguments for Jest")
  .allowUnknownOption()
  .description("all checks and all tests")
  .action(async (argv: string[]) => {
    const toolchain = await setUp(progress);
    await ensureTestTools(progress, { all: argv.length === 0 });
    await runTests(argv, toolchain);
  });

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof Error)) throw thrown;
  const cure = (thrown as Partial<Failure>).cure;
  console.error(`\n${cure === undefined ? (thrown.stack ?? thrown.message) : `${thrown.message}\n  What to do: ${cure}`}`);
  process.exitCode = 1;
}
