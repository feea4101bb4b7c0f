/**
 * Pulumi's docker provider, put together from parts that Go modules can give: the upstream Terraform provider behind
 * Pulumi's own bridge. This process starts the bridge, tells it which provider to carry, and passes every call on,
 * with the names changed where Pulumi's docker package chose its own.
 *
 * Arguments: the bridge's path, the upstream provider's path, then what the engine gives a plugin (its address).
 */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type * as Grpc from "@grpc/grpc-js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { engineOf, withoutLeftover } from "./docker/failed-create.ts";
import type { Engine } from "./docker/failed-create.ts";
import { CONTAINER, PROVIDER_TYPE, refuseUnavailable, renameMessage, renameType, typeOfUrn } from "./docker/names.ts";
import { endWithParent } from "./end-with-parent.ts";
import { ResourceProviderClient, ResourceProviderService, connect, grpc, messages, providerMessages, serve } from "./wire.ts";
import type { Message } from "./wire.ts";

const PACKAGE_VERSION = "5.2.0";
const [bridgePath, upstreamPath, ...engineArguments] = process.argv.slice(2);
if (!bridgePath || !upstreamPath) throw new Error("usage: docker-provider.ts <bridge> <terraform-provider-docker> <engine address>");

endWithParent();

type Method = (request: unknown, metadata: Grpc.Metadata, callback: (error: Error | null, response: Message) => void) => void;
type Call = { request: Message; metadata: Grpc.Metadata };
type Callback = (error: unknown, response?: unknown) => void;

let dockerEngine: Engine = {};
/**
 * The upstream provider is the bridge's child, ignores an interrupt and outlives a bridge that was killed. So both are in a group of their own,
 * which ends when our end of a pipe closes, however this process ended, and when the bridge ends.
 */
const group = '{ "$@"; echo "the bridge ended with $?" >&2; kill 0; } & cat >/dev/null; kill 0';
const bridge = spawn("sh", ["-c", group, "sh", bridgePath, ...engineArguments], { stdio: ["pipe", "pipe", "inherit"], detached: true });
bridge.on("error", (error) => fail(`the bridge ${bridgePath} did not start: ${error.message}`));
bridge.on("exit", () => fail("the bridge is gone"));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));

const client = connect(ResourceProviderClient, `127.0.0.1:${await firstLine(bridge)}`) as Record<string, Method>;
await carry(upstreamPath);

await serve(ResourceProviderService, Object.fromEntries(Object.keys(ResourceProviderService).map((method) => [method, forward(method)])));

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

async function firstLine(child: ChildProcessByStdio<Writable, Readable, null>): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return line.trim();
  }
  return fail("the bridge printed no port");
}

/** Tells the bridge which Terraform provider it carries. */
async function carry(provider: string): Promise<void> {
  const parameters = new providerMessages.ParameterizeRequest.ParametersArgs();
  parameters.setArgsList([provider]);
  const request = new providerMessages.ParameterizeRequest();
  request.setArgs(parameters);
  await ask("parameterize", request, new grpc.Metadata());
}

function ask(method: string, request: unknown, metadata: Grpc.Metadata): Promise<Message> {
  return new Promise((resolve, reject) => client[method]?.(request, metadata, (error, response) => (error ? reject(error) : resolve(response))));
}

function forward(method: string): (call: Call, callback: Callback) => void {
  if (method === "getPluginInfo") return (_call, callback) => callback(null, pluginInfo());
  return (call, callback) => void answer(method, call, callback);
}

async function answer(method: string, call: Call, callback: Callback): Promise<void> {
  try {
    callback(null, await pass(method, call));
  } catch (thrown) {
    const error = thrown as Error;
    callback("code" in error ? error : { code: grpc.status.INVALID_ARGUMENT, message: error.message });
  }
}

async function pass(method: string, { request, metadata }: Call): Promise<Message> {
  const urn = request["getUrn"] ? String(request["getUrn"]()) : "";
  const isAboutProvider = ["checkConfig", "diffConfig", "configure"].includes(method);
  const type = isAboutProvider ? PROVIDER_TYPE : typeOfUrn(urn);
  refuseUnavailable(type);
  if (method === "configure") dockerEngine = engineOf(fields(request, "getArgs"));
  const name = method === "create" && type === CONTAINER && !request["getPreview"]?.() ? fields(request, "getProperties")["name"] : undefined;
  renameMessage(request, type, "toBridge");
  renameToken(request);
  const send = (): Promise<Message> => ask(method, request, metadata);
  const response = await (typeof name === "string" ? withoutLeftover(dockerEngine, name, send) : send());
  renameMessage(response, type, "toEngine");
  return response;
}

function fields(request: Message, getter: string): Record<string, unknown> {
  const struct = request[getter]?.() as { toJavaScript(): Record<string, unknown> } | undefined;
  return struct?.toJavaScript() ?? {};
}

/** Renames the function that an invoke calls. */
function renameToken(request: Message): void {
  const token = request["getTok"] ? String(request["getTok"]()) : "";
  if (token) (request["setTok"] as (value: string) => void).call(request, renameType(token, "toBridge"));
}

function pluginInfo(): Plugin.PluginInfo {
  const info = new (messages("plugin_pb.js") as typeof Plugin).PluginInfo();
  info.setVersion(PACKAGE_VERSION);
  return info;
}
