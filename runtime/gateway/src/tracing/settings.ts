import { secret } from "@freehold/kernel/config";
import { AppError } from "@freehold/kernel/errors";
import { z } from "zod";

const samplers = ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"] as const;
const address = () => z.url({ protocol: /^https?$/, error: "must be an http or https address" });

/** The settings of OpenTelemetry's specification that hold here, under its names. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: address().optional().describe("Where traces are sent (OTLP over HTTP); `/v1/traces` is added. Without one there are none"),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address().optional().describe("The same, as it is: nothing is added"),
  OTEL_EXPORTER_OTLP_HEADERS: secret().optional().describe("*file*; headers for the receiver, such as a credential: `name=value,other=value`"),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal("http/protobuf", { error: "must be http/protobuf" }).default("http/protobuf").describe("The only one there is here"),
  OTEL_EXPORTER_OTLP_TIMEOUT: z.coerce.number().int().min(100).max(60_000).default(10_000).describe("How long the receiver may take for a batch"),
  OTEL_SERVICE_NAME: z.string().max(200).default("freehold-gateway").describe("What this gateway is called in traces"),
  OTEL_RESOURCE_ATTRIBUTES: z.string().default("").describe("Further attributes of all traces: `name=value,other=value`"),
  OTEL_TRACES_SAMPLER: z.enum(samplers).default("parentbased_always_on").describe("Which requests are traced"),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1).describe("Their share, for the samplers with `traceidratio`"),
  OTEL_SDK_DISABLED: z
    .enum(["true", "false"])
    .default("false")
    .transform((word) => word === "true")
    .describe("`true`: no traces, whatever the others say"),
};

export type TracingSettings = z.output<z.ZodObject<typeof tracingSettings>>;

/** Where traces go; undefined where none are wanted. */
export function receiverOf(settings: TracingSettings): string | undefined {
  const { OTEL_SDK_DISABLED, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT } = settings;
  if (OTEL_SDK_DISABLED) return undefined;
  return OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (OTEL_EXPORTER_OTLP_ENDPOINT && `${OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, "")}/v1/traces`);
}

/** Reads `name=value,other=value`, values percent-encoded. Throws: AppError `config.invalid`. Source: OpenTelemetry's specification, "Environment variables". */
export function readPairs(name: string, text: string): Record<string, string> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (key === undefined || value === undefined) throw new AppError("config.invalid", `${name} must be pairs such as name=value, with commas between.`);
      return [key, decoded(name, value)];
    }),
  );
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw new AppError("config.invalid", `A value in ${name} holds a broken %-escape.`, { cause });
  }
}
