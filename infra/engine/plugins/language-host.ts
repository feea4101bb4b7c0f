/**
 * Runs Node programs and policy packs for a Pulumi engine that was built from source.
 *
 * Pulumi's own Node language host cannot be had as a Go module, so this one stands in for it. It resolves
 * `@pulumi/pulumi` from the program's folder, as the real one does, and reports no required plugins, so the engine
 * looks for a plugin only when a resource needs it.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import type * as Language from "@pulumi/pulumi/proto/language_pb.js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { endWithParent } from "./end-with-parent.ts";
import { Empty, LanguageRuntimeService, messages, serve } from "./wire.ts";

endWithParent();

type Unary<Request, Response> = (call: Grpc.ServerUnaryCall<Request, Response>, callback: Grpc.sendUnaryData<Response>) => void;
type Streaming<Request, Response> = (call: Grpc.ServerWritableStream<Request, Response>) => void;

const language = messages("language_pb.js") as typeof Language;
const plugin = messages("plugin_pb.js") as typeof Plugin;
/** What Pulumi's Node SDK exits with when it has already shown the user the error. */
const EXIT_AFTER_SHOWN_ERROR = 32;

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
const resolveFrom = (directory: string, module: string): string => createRequire(path.join(directory, "any.js")).resolve(module);

const run: Unary<Language.RunRequest, Language.RunResponse> = ({ request }, callback) => {
  const response = new language.RunResponse();
  const end = (code: number | null, signal: string | null): void => {
    if (code === EXIT_AFTER_SHOWN_ERROR) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with ${signal ?? `exit code ${code}`}`);
    callback(null, response);
  };
  try {
    const child = spawn(process.execPath, runArguments(request), {
      cwd: request.getPwd(),
      env: { ...process.env, ...configEnvironment(request) },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("exit", end);
    child.on("error", (error) => callback(error));
  } catch (error) {
    callback(error as Error);
  }
};

function runArguments(request: Language.RunRequest): string[] {
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const entryPoint = path.resolve(directory, request.getInfo()?.getEntryPoint() || ".");
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress ?? "",
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  return [
    ...nodeArguments(request),
    resolveFrom(directory, "@pulumi/pulumi/cmd/run"),
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    entryPoint,
    ...request.getArgsList(),
  ];
}

/** The `nodeargs` option of Pulumi.yaml's runtime. */
function nodeArguments(request: Language.RunRequest): string[] {
  const given = request.getInfo()?.getOptions()?.toJavaScript()["nodeargs"];
  return typeof given === "string" ? given.split(/\s+/).filter(Boolean) : [];
}

function configEnvironment(request: Language.RunRequest): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

/** Runs a policy pack (kind "analyzer") or a provider written in TypeScript, in its own folder. */
const runPlugin: Streaming<Language.RunPluginRequest, Language.RunPluginResponse> = (call) => {
  const request = call.request;
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const runner = request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin";
  const given = Object.fromEntries(request.getEnvList().map((entry) => splitOnce(entry)));
  const send = (set: (response: Language.RunPluginResponse) => void): void => {
    const response = new language.RunPluginResponse();
    set(response);
    call.write(response);
  };
  const child = spawn(process.execPath, [resolveFrom(directory, `@pulumi/pulumi/cmd/${runner}`), ...request.getArgsList(), directory], {
    cwd: directory,
    env: Object.keys(given).length > 0 ? given : process.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (bytes: Buffer) => send((response) => response.setStdout(bytes)));
  child.stderr.on("data", (bytes: Buffer) => send((response) => response.setStderr(bytes)));
  child.on("close", (code) => {
    send((response) => response.setExitcode(code ?? 1));
    call.end();
  });
  call.on("cancelled", () => child.kill());
};

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf("=");
  return [entry.slice(0, at), entry.slice(at + 1)];
}

const about: Unary<unknown, Language.AboutResponse> = (_call, callback) => {
  const response = new language.AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  callback(null, response);
};

const getPluginInfo: Unary<unknown, Plugin.PluginInfo> = (_call, callback) => {
  const response = new plugin.PluginInfo();
  response.setVersion("3.270.0");
  callback(null, response);
};

const nothing =
  <T>(make: () => T): Unary<unknown, T> =>
  (_call, callback) =>
    callback(null, make());

await serve(LanguageRuntimeService, {
  getPluginInfo,
  about,
  run,
  runPlugin,
  getRequiredPlugins: nothing(() => new language.GetRequiredPluginsResponse()),
  getRequiredPackages: nothing(() => new language.GetRequiredPackagesResponse()),
  runtimeOptionsPrompts: nothing(() => new language.RuntimeOptionsResponse()),
  getProgramDependencies: nothing(() => new language.GetProgramDependenciesResponse()),
  cancel: nothing(() => new Empty()),
  installDependencies: (call: Grpc.ServerWritableStream<unknown, unknown>) => call.end(),
});
