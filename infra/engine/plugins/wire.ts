/**
 * The gRPC side that all stand-ins share: Pulumi's own message classes, a server on a free port, a client of the engine.
 *
 * The classes come out of `@pulumi/pulumi` through `require`, because a message and the struct inside it must be of the
 * same copy of `google-protobuf`, and that is the copy which `@pulumi/pulumi` itself finds.
 */
import { createRequire } from "node:module";
import type * as Engine from "@pulumi/pulumi/proto/engine_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb.js";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import type * as Grpc from "@grpc/grpc-js";

const here = createRequire(import.meta.url);
const inPulumi = createRequire(here.resolve("@pulumi/pulumi/proto/provider_pb.js"));

export const grpc = inPulumi("@grpc/grpc-js") as typeof Grpc;
export const providerMessages = inPulumi("./provider_pb.js") as typeof Provider;
export const engineMessages = inPulumi("./engine_pb.js") as typeof Engine;
export const { ResourceProviderService, ResourceProviderClient } = inPulumi("./provider_grpc_pb.js") as {
  ResourceProviderService: Grpc.ServiceDefinition;
  ResourceProviderClient: Grpc.ServiceClientConstructor;
};
export const { EngineClient } = inPulumi("./engine_grpc_pb.js") as { EngineClient: Grpc.ServiceClientConstructor };
export const { LanguageRuntimeService } = inPulumi("./language_grpc_pb.js") as { LanguageRuntimeService: Grpc.ServiceDefinition };
export const { Struct } = inPulumi("google-protobuf/google/protobuf/struct_pb.js") as typeof StructProto;
export const { Empty } = inPulumi("google-protobuf/google/protobuf/empty_pb.js") as typeof EmptyProto;

/** Loads one more of Pulumi's message files, by its path under `@pulumi/pulumi/proto`; the caller knows its type. */
export function messages(path: string): unknown {
  return inPulumi(`./${path}`);
}

/** Schemas and states are large, far beyond gRPC's default of 4 MB. */
export const channelOptions = { "grpc.max_receive_message_length": 400 * 1024 * 1024, "grpc.max_send_message_length": -1 };

/** Any of Pulumi's generated messages, seen through the accessors that it may have. */
export type Message = Record<string, ((...args: never[]) => unknown) | undefined>;

type Handler = (call: never, callback: never) => void;

/** Serves on a free port of the loopback and prints the port, which is how the engine learns of it. */
export async function serve(service: Grpc.ServiceDefinition, handlers: Record<string, Handler>): Promise<Grpc.Server> {
  const server = new grpc.Server(channelOptions);
  server.addService(service, withRefusals(service, handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  console.log(String(port));
  return server;
}

function withRefusals(service: Grpc.ServiceDefinition, handlers: Record<string, Handler>): Grpc.UntypedServiceImplementation {
  const refuse = (method: string) => (_call: unknown, callback?: (error: unknown) => void) =>
    callback?.({ code: grpc.status.UNIMPLEMENTED, message: `${method} is not implemented` });
  return Object.fromEntries(Object.keys(service).map((method) => [method, (handlers[method] ?? refuse(method)) as Grpc.UntypedHandleCall]));
}

/** A client for a server that listens on this machine; the caller knows its methods. */
export function connect(client: Grpc.ServiceClientConstructor, address: string): unknown {
  return new client(address, grpc.credentials.createInsecure(), channelOptions);
}
