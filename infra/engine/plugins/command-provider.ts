/**
 * Stands in for Pulumi's command plugin 1.2.1, which cannot be had as a Go module: `local.Command`, `local.run` and
 * `remote.Command` with the same inputs, outputs and moments of running. Argument: the engine's address.
 */
import { randomBytes } from "node:crypto";
import type * as Grpc from "@grpc/grpc-js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import { engineLog } from "./command/engine-log.ts";
import { LOCAL_RUN, REMOTE_COMMAND, changes, check, unavailable } from "./command/inputs.ts";
import type { Change } from "./command/inputs.ts";
import { addedEnvironment, localArgv } from "./command/local.ts";
import { execute, stopAll } from "./command/process.ts";
import type { Outcome, Stream } from "./command/process.ts";
import { executeRemote } from "./command/ssh.ts";
import { UNKNOWN, containsSecret, containsUnknown, plain, secret, text } from "./command/values.ts";
import type { Properties } from "./command/values.ts";
import { typeOfUrn } from "./docker/names.ts";
import { endWithParent } from "./end-with-parent.ts";
import { Empty, ResourceProviderService, Struct, grpc, messages, providerMessages as pb, serve } from "./wire.ts";

const PACKAGE_VERSION = "1.2.1";
const log = engineLog(process.argv[2]);
process.on("exit", stopAll);
endWithParent();

type StructMessage = InstanceType<typeof Struct>;
type Answer<Request, Response> = (request: Request) => Response | Promise<Response>;
type Run = { urn: string; type: string; inputs: Properties; outputs: Properties; command: string; timeoutMs: number };

function properties(struct: StructMessage | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function struct(values: Properties): StructMessage {
  return Struct.fromJavaScript(values);
}

/** Turns a function of the request into a handler; what it throws reaches the user as the error's text. */
function unary<Request, Response>(answer: Answer<Request, Response>) {
  return async (call: { request: Request }, callback: Grpc.sendUnaryData<Response>): Promise<void> => {
    try {
      callback(null, await answer(call.request));
    } catch (thrown) {
      const { message } = thrown as Error;
      callback({ code: grpc.status.UNKNOWN, message, details: message });
    }
  };
}

const configure: Answer<unknown, Provider.ConfigureResponse> = () => {
  const response = new pb.ConfigureResponse();
  response.setAcceptsecrets(true);
  response.setSupportspreview(true);
  return response;
};

const checkConfig: Answer<Provider.CheckRequest, Provider.CheckResponse> = (request) => {
  const response = new pb.CheckResponse();
  response.setInputs(request.getNews());
  return response;
};

const checkResource: Answer<Provider.CheckRequest, Provider.CheckResponse> = (request) => {
  const type = typeOfUrn(request.getUrn());
  const refusal = unavailable(type);
  if (refusal !== undefined) throw new Error(refusal);
  const { inputs, failures } = check(type, properties(request.getNews()));
  const response = new pb.CheckResponse();
  response.setInputs(struct(inputs));
  for (const { property, reason } of failures) {
    const failure = new pb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(`${property} ${reason}`);
    response.addFailures(failure);
  }
  return response;
};

const diff: Answer<Provider.DiffRequest, Provider.DiffResponse> = (request) => {
  const olds = properties(request.getOldInputs() ?? request.getOlds());
  const found = changes(typeOfUrn(request.getUrn()), olds, properties(request.getNews()));
  const response = new pb.DiffResponse();
  response.setChanges(found.length > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE);
  response.setDiffsList(found.map((change) => change.property));
  response.setReplacesList(found.filter((change) => change.replaces).map((change) => change.property));
  response.setHasdetaileddiff(true);
  for (const change of found) response.getDetaileddiffMap().set(change.property, propertyDiff(change));
  return response;
};

function propertyDiff(change: Change): Provider.PropertyDiff {
  const { Kind } = pb.PropertyDiff;
  const kinds = { add: [Kind.ADD, Kind.ADD_REPLACE], delete: [Kind.DELETE, Kind.DELETE_REPLACE], update: [Kind.UPDATE, Kind.UPDATE_REPLACE] } as const;
  const entry = new pb.PropertyDiff();
  entry.setKind(kinds[change.kind][change.replaces ? 1 : 0]);
  entry.setInputdiff(true);
  return entry;
}

const create: Answer<Provider.CreateRequest, Provider.CreateResponse> = async (request) => {
  const urn = request.getUrn();
  const inputs = properties(request.getProperties());
  const response = new pb.CreateResponse();
  if (!request.getPreview()) response.setId(`${urn.split("::").at(-1)}${randomBytes(4).toString("hex")}`);
  const outputs = await produce({ urn, inputs, timeout: request.getTimeout(), preview: request.getPreview() }, {}, inputs["create"]);
  response.setProperties(struct(outputs));
  return response;
};

const update: Answer<Provider.UpdateRequest, Provider.UpdateResponse> = async (request) => {
  const inputs = properties(request.getNews());
  const response = new pb.UpdateResponse();
  const moment = { urn: request.getUrn(), inputs, timeout: request.getTimeout(), preview: request.getPreview() };
  response.setProperties(struct(await produce(moment, properties(request.getOlds()), inputs["update"] ?? inputs["create"])));
  return response;
};

const remove: Answer<Provider.DeleteRequest, InstanceType<typeof Empty>> = async (request) => {
  const state = properties(request.getProperties());
  const command = text(state["delete"]);
  if (command !== "") {
    const type = typeOfUrn(request.getUrn());
    await run({ urn: request.getUrn(), type, inputs: state, outputs: state, command, timeoutMs: request.getTimeout() * 1000 });
  }
  return new Empty();
};

type Moment = { urn: string; inputs: Properties; timeout: number; preview: boolean };

/** The resource's state after its command ran: the inputs and what the command wrote. */
async function produce(moment: Moment, olds: Properties, command: Properties[string] | undefined): Promise<Properties> {
  const earlier = { stdout: olds["stdout"] ?? "", stderr: olds["stderr"] ?? "" };
  if (command === undefined || command === null) return { ...moment.inputs, ...earlier };
  if (moment.preview) return { ...moment.inputs, stdout: UNKNOWN, stderr: UNKNOWN };
  const { urn, inputs } = moment;
  const { stdout, stderr } = await run({ urn, type: typeOfUrn(urn), inputs, outputs: earlier, command: text(command), timeoutMs: moment.timeout * 1000 });
  return { ...inputs, stdout: concealed(stdout, inputs), stderr: concealed(stderr, inputs) };
}

/** What a command writes may repeat its inputs, save the keys of its connection, so it is as secret as they are. */
function concealed(output: string, { connection: _connection, ...inputs }: Properties): Properties[string] {
  return containsSecret(inputs) ? secret(output) : output;
}

/** Throws: an error that says how the command ended and what it wrote last. */
async function run({ urn, type, inputs: given, outputs, command, timeoutMs }: Run): Promise<Outcome> {
  const inputs = plain(given) as Properties;
  const previous = plain({ stdout: outputs["stdout"] ?? "", stderr: outputs["stderr"] ?? "" }) as { stdout: string; stderr: string };
  const wanted = text(inputs["logging"]) || "stdoutAndStderr";
  const common = {
    env: { ...process.env, ...addedEnvironment(inputs, previous) },
    stdin: inputs["stdin"] as string | undefined,
    timeoutMs,
    onLine: (stream: Stream, line: string) => {
      if (wanted === stream || wanted === "stdoutAndStderr") log.line(urn, line);
    },
  };
  const outcome =
    type === REMOTE_COMMAND
      ? await executeRemote(inputs, command, common)
      : await execute({ ...common, argv: localArgv(inputs, command), directory: inputs["dir"] as string | undefined });
  await log.flushed();
  if (outcome.failure !== undefined) throw new Error(failureText(outcome, command, { secret: containsSecret(given), quiet: wanted === "none" }));
  return outcome;
}

function failureText(outcome: Outcome, command: string, hide: { secret: boolean; quiet: boolean }): string {
  const subject = hide.secret ? "a command with secret inputs" : JSON.stringify(command);
  const said = hide.quiet ? "(its output is withheld, because logging is none)" : outcome.tail.trimEnd();
  return `${outcome.failure}: running ${subject}:\n${said}`;
}

const invoke: Answer<Provider.InvokeRequest, Provider.InvokeResponse> = async (request) => {
  const refusal = request.getTok() === LOCAL_RUN ? undefined : unavailable(request.getTok());
  if (refusal !== undefined) throw new Error(refusal);
  const { inputs, failures } = check(LOCAL_RUN, properties(request.getArgs()));
  if (failures.length > 0) throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
  const response = new pb.InvokeResponse();
  if (containsUnknown(inputs)) return response;
  const command = text(inputs["command"]);
  const { stdout, stderr } = await run({ urn: "", type: LOCAL_RUN, inputs, outputs: {}, command, timeoutMs: 0 });
  response.setReturn(struct({ ...inputs, stdout: concealed(stdout, inputs), stderr: concealed(stderr, inputs) }));
  return response;
};

const read: Answer<Provider.ReadRequest, Provider.ReadResponse> = (request) => {
  const response = new pb.ReadResponse();
  response.setId(request.getId());
  response.setProperties(request.getProperties());
  response.setInputs(request.getInputs());
  return response;
};

const getPluginInfo: Answer<unknown, Plugin.PluginInfo> = () => {
  const info = new (messages("plugin_pb.js") as typeof Plugin).PluginInfo();
  info.setVersion(PACKAGE_VERSION);
  return info;
};

await serve(ResourceProviderService, {
  checkConfig: unary(checkConfig),
  diffConfig: unary(() => new pb.DiffResponse()),
  configure: unary(configure),
  check: unary(checkResource),
  diff: unary(diff),
  create: unary(create),
  read: unary(read),
  update: unary(update),
  delete: unary(remove),
  invoke: unary(invoke),
  getPluginInfo: unary(getPluginInfo),
  attach: unary(() => new Empty()),
  cancel: unary(() => {
    stopAll();
    return new Empty();
  }),
});
