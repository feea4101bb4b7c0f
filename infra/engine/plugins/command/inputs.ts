/** The inputs of `command:local:Command` and `command:remote:Command`, checked as version 1.2.1 declares them. */
import { UNKNOWN, plain, same } from "./values.ts";
import type { Json, Properties } from "./values.ts";

export const LOCAL_COMMAND = "command:local:Command";
export const REMOTE_COMMAND = "command:remote:Command";
export const LOCAL_RUN = "command:local:run";

type Kind = "string" | "boolean" | "number" | "strings" | "map" | "array" | "logging" | "connection";
export type Failure = { property: string; reason: string };

const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"];
const COMMON: Record<string, Kind> = {
  create: "string",
  update: "string",
  delete: "string",
  triggers: "array",
  stdin: "string",
  logging: "logging",
  environment: "map",
  addPreviousOutputInEnv: "boolean",
};
const LOCAL_ONLY: Record<string, Kind> = { interpreter: "strings", dir: "string", assetPaths: "strings", archivePaths: "strings" };
const KINDS: Record<string, Record<string, Kind>> = {
  [LOCAL_COMMAND]: { ...COMMON, ...LOCAL_ONLY },
  [REMOTE_COMMAND]: { ...COMMON, connection: "connection" },
  [LOCAL_RUN]: { ...LOCAL_ONLY, command: "string", stdin: "string", logging: "logging", environment: "map", addPreviousOutputInEnv: "boolean" },
};
const CONNECTION: Record<string, Kind | "proxy"> = {
  host: "string",
  user: "string",
  port: "number",
  password: "string",
  privateKey: "string",
  privateKeyPassword: "string",
  agentSocketPath: "string",
  hostKey: "string",
  dialErrorLimit: "number",
  perDialTimeout: "number",
  proxy: "proxy",
};
const CONNECTION_DEFAULTS = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

/** Types of the command package that this stand-in does not provide, with what to use instead. */
export function unavailable(type: string): string | undefined {
  if (type in KINDS) return undefined;
  return `${type} needs Pulumi's own command plugin, which could not be downloaded here; use ${LOCAL_COMMAND} or ${REMOTE_COMMAND}, or run set-up with access to get.pulumi.com`;
}

/** The inputs with their defaults, and what is wrong with them. */
export function check(type: string, news: Properties): { inputs: Properties; failures: Failure[] } {
  const kinds = KINDS[type] ?? {};
  const inputs: Properties = { ...news };
  if (inputs["addPreviousOutputInEnv"] === undefined) inputs["addPreviousOutputInEnv"] = true;
  if (inputs["connection"] !== undefined) inputs["connection"] = withDefaults(inputs["connection"]);
  const failures = Object.entries(inputs).flatMap(([property, value]) => problems(property, value, kinds));
  if (type === REMOTE_COMMAND && inputs["connection"] === undefined) failures.push({ property: "connection", reason: "is required" });
  if (type === LOCAL_RUN && inputs["command"] === undefined) failures.push({ property: "command", reason: "is required" });
  return { inputs, failures };
}

function withDefaults(connection: Json): Json {
  if (typeof connection !== "object" || connection === null || Array.isArray(connection)) return connection;
  if ("value" in connection && !("host" in connection)) return { ...connection, value: withDefaults(connection["value"] ?? null) };
  return { ...CONNECTION_DEFAULTS, ...connection, ...(connection["proxy"] ? { proxy: withDefaults(connection["proxy"]) } : {}) };
}

function problems(property: string, value: Json, kinds: Record<string, Kind>): Failure[] {
  if (property.startsWith("__") || ["stdout", "stderr", "assets", "archive"].includes(property)) return [];
  const kind = kinds[property];
  if (kind === undefined) return [{ property, reason: `is not a property of this resource; known are ${Object.keys(kinds).join(", ")}` }];
  const bare = plain(value);
  if (bare === UNKNOWN || bare === null) return [];
  if ((property === "assetPaths" || property === "archivePaths") && (bare as Json[]).length > 0) {
    return [{ property, reason: "needs Pulumi's own command plugin, which could not be downloaded here; read the files in the program instead" }];
  }
  return kind === "connection" ? connectionProblems(property, bare) : mismatch(property, bare, kind);
}

function connectionProblems(property: string, value: Json): Failure[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [{ property, reason: "must be an object" }];
  const missing = value["host"] === undefined ? [{ property: `${property}.host`, reason: "is required" }] : [];
  return [
    ...missing,
    ...Object.entries(value).flatMap(([name, inner]) => {
      const path = `${property}.${name}`;
      const kind = CONNECTION[name];
      if (kind === undefined) return [{ property: path, reason: `is not known; known are ${Object.keys(CONNECTION).join(", ")}` }];
      if (inner === UNKNOWN || inner === null) return [];
      return kind === "proxy" ? connectionProblems(path, inner) : mismatch(path, inner, kind);
    }),
  ];
}

function mismatch(property: string, value: Json, kind: Kind): Failure[] {
  const reason = wrong(value, kind);
  return reason === undefined ? [] : [{ property, reason }];
}

function wrong(value: Json, kind: Kind): string | undefined {
  const isText = (item: Json): boolean => typeof item === "string";
  switch (kind) {
    case "string":
    case "boolean":
    case "number":
      return typeof value === kind ? undefined : `must be a ${kind}`;
    case "array":
      return Array.isArray(value) ? undefined : "must be an array";
    case "strings":
      return Array.isArray(value) && value.every(isText) ? undefined : "must be an array of strings";
    case "logging":
      return typeof value === "string" && LOGGING.includes(value) ? undefined : `must be one of ${LOGGING.join(", ")}`;
    case "map":
      return typeof value === "object" && !Array.isArray(value) && value !== null && Object.values(value).every(isText)
        ? undefined
        : "must be an object whose values are strings";
    case "connection":
      return undefined;
  }
}

export type Change = { property: string; kind: "add" | "delete" | "update"; replaces: boolean };

/** Which inputs differ. A changed trigger replaces the resource, any other change updates it. */
export function changes(type: string, olds: Properties, news: Properties): Change[] {
  return Object.keys(KINDS[type] ?? {})
    .filter((property) => !same(olds[property], news[property]))
    .map((property) => ({
      property,
      kind: olds[property] === undefined ? "add" : news[property] === undefined ? "delete" : "update",
      replaces: property === "triggers",
    }));
}
