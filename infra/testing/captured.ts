import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

/** What a program asked the engine to register, with the options that mocks don't show. */
export interface Captured {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  protect: boolean;
  retainOnDelete: boolean;
  ignoreChanges: string[];
  deleteBeforeReplace: boolean;
}

interface Request {
  getType(): string;
  getName(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getIgnorechangesList(): string[];
  getDeletebeforereplace(): boolean;
}

type Call = (request: Request, callback: (error: unknown, answer?: unknown) => void) => unknown;

const inPulumi = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));

/** Runs a program against mocks of all clouds. `outputs` are added to those that repeat the inputs. */
export async function capture(program: () => Promise<unknown>, { preview, outputs, calls }: CaptureOptions): Promise<Captured[]> {
  const seen: Captured[] = [];
  const inputsOf = new Map<string, Record<string, unknown>>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        inputsOf.set(`${type} ${name}`, inputs);
        return { id: `${name}-id`, state: { ...inputs, ...outputs } };
      },
      call: () => calls,
    },
    "freehold",
    "prod",
    preview,
  );
  const { Empty } = inPulumi("google-protobuf/google/protobuf/empty_pb.js") as { Empty: new () => unknown };
  const monitor = (pulumi.runtime as unknown as { getMonitor(): Record<string, Call> }).getMonitor();
  const register = (monitor["registerResource"] as Call).bind(monitor);
  // Mocks know no hooks; a program that has some would fail.
  monitor["registerErrorHook"] = monitor["registerResourceHook"] = (_request, callback) => callback(null, new Empty());
  monitor["registerResource"] = (request, callback) => {
    const known = { type: request.getType(), name: request.getName(), protect: request.getProtect(), retainOnDelete: request.getRetainondelete() };
    seen.push({ ...known, ignoreChanges: request.getIgnorechangesList(), deleteBeforeReplace: request.getDeletebeforereplace(), inputs: {} });
    return register(request, callback);
  };
  await program();
  await pulumi.runtime.disconnect();
  return seen.map((resource) => ({ ...resource, inputs: inputsOf.get(`${resource.type} ${resource.name}`) ?? {} }));
}

export interface CaptureOptions {
  preview: boolean;
  outputs: Record<string, unknown>;
  /** What every look-up answers. */
  calls: Record<string, unknown>;
}

/** The settings of a home in the clouds that lack nothing. */
export const cloudConfiguration = (changes: Record<string, unknown> = {}): Record<string, string> => ({
  "freehold:place": "oracle",
  "freehold:oracle": JSON.stringify({
    homeRegion: "eu-zurich-1",
    tenancyId: "ocid1.tenancy.oc1..aaaa",
    compartmentId: "ocid1.compartment.oc1..aaaa",
    availabilityDomain: "Uocm:EU-ZURICH-1-AD-1",
    imageId: "ocid1.image.oc1.eu-zurich-1.aaaa",
    adminCidrs: ["198.51.100.7/32"],
    domain: "home.example.org",
    email: "owner@example.org",
    ...changes,
  }),
  "freehold:google": JSON.stringify({ projectId: "my-home-123456" }),
  "freehold:cloudflare": JSON.stringify({ zoneId: "0".repeat(32) }),
});
