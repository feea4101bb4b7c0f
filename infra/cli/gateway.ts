import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { dataFolder } from "../data-folder.ts";
import { Failure } from "./failure.ts";
import { ServiceProcess } from "./service-process.ts";

export interface GatewayOptions {
  config?: string;
  data?: string;
  memory?: true;
  host: string;
  port: string;
  rehearsal?: true;
  verbose?: true;
}

const runtime = join(import.meta.dirname, "../../runtime");
/** Set for other programs on many machines, or for a gateway in a home; alone it would listen elsewhere, or write into a stranger's database. */
const notOurs = ["DATABASE_URL", "DATABASE_PASSWORD", "VALKEY_URL", "VALKEY_PASSWORD", "HOST", "PORT"];
const realProviders = ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "BRIDGE_URL", "GATEWAY_CONFIG"];

/** Runs the gateway, without Docker, PostgreSQL or Valkey, until it ends or is told to. Throws: Failure. */
export async function runGateway(options: GatewayOptions, environment: NodeJS.ProcessEnv): Promise<void> {
  const settings = gatewayEnvironment(options, environment);
  const services: ServiceProcess[] = [];
  const start = (name: string, more: NodeJS.ProcessEnv) => {
    const service = new ServiceProcess(join(runtime, name, "src/main.ts"), { env: { ...settings, ...more }, verbose: options.verbose ?? false });
    services.push(service);
    return service;
  };
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    services.forEach((service) => service.stop());
  };
  // npm and the terminal may each pass the same Ctrl-C on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  try {
    const model = options.rehearsal ? start("model", { PORT: "0", HOST: "127.0.0.1" }) : undefined;
    const rehearsal = model === undefined ? {} : { REHEARSAL_URL: `http://127.0.0.1:${await model.port()}` };
    if (settings["GATEWAY_DATA_DIR"] !== undefined && !existsSync(join(settings["GATEWAY_DATA_DIR"], "database")))
      console.log(`Making a database in ${settings["GATEWAY_DATA_DIR"]}, once; some seconds …`);
    const gateway = start("gateway", { HOST: options.host, PORT: options.port, ...rehearsal });
    await Promise.race(services.map((service) => service.ended));
    if (isStopped) return;
    const cure = options.config === undefined ? "See runtime/gateway/ALONE.md." : `Mend ${options.config}; runtime/gateway/README.md describes it.`;
    if (model !== undefined && gateway.isRunning) throw new Failure("The rehearsal model ended.", "Start the gateway again.");
    if (gateway.code !== 0) throw new Failure(gateway.lastWords ?? `The gateway ended with ${gateway.code}.`, cure);
  } finally {
    stop();
    await Promise.all(services.map((service) => service.ended));
  }
}

/** The environment that a gateway gets for what stands on its command line. Throws: Failure for options that contradict each other. */
export function gatewayEnvironment({ config, data, memory, rehearsal }: GatewayOptions, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (rehearsal && config !== undefined)
    throw new Failure("--rehearsal and --config contradict each other: the document says which providers there are.", "Give one of the two.");
  if (memory && data !== undefined) throw new Failure("--memory and --data contradict each other.", "Give one of the two.");
  const dropped = new Set([...notOurs, ...(rehearsal ? realProviders : [])].flatMap((name) => [name, `${name}_FILE`]));
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => !dropped.has(name)));
  const path = (given: string) => resolve(environment["INIT_CWD"] ?? process.cwd(), given);
  const folder = data === undefined ? (environment["GATEWAY_DATA_DIR"] ?? join(dataFolder(environment), "gateway")) : path(data);
  if (memory) delete kept["GATEWAY_DATA_DIR"];
  return {
    ...kept,
    ...(memory ? {} : { GATEWAY_DATA_DIR: folder }),
    ...(config === undefined ? {} : { GATEWAY_CONFIG_FILE: path(config) }),
  };
}
