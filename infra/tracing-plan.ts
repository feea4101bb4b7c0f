import * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "./components/service.ts";
import type { Settings } from "./settings.ts";

type Plan = Required<Pick<ServiceArgs, "environment" | "secrets">>;

/** What a service is told of where its traces go, under OpenTelemetry's own names: nothing unless they are wanted. */
export function planTracing({ tracing, tracingHeaders }: Pick<Settings, "tracing" | "tracingHeaders">): Plan {
  if (tracing === undefined) return { environment: {}, secrets: {} };
  const attributes = Object.entries(tracing.attributes).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: tracing.endpoint,
      OTEL_SERVICE_NAME: tracing.serviceName,
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: String(tracing.share),
      ...(attributes.length === 0 ? {} : { OTEL_RESOURCE_ATTRIBUTES: attributes.join(",") }),
      ...(tracingHeaders === undefined ? {} : { OTEL_EXPORTER_OTLP_HEADERS_FILE: "/run/secrets/tracing-headers" }),
    },
    secrets: tracingHeaders === undefined ? {} : { "tracing-headers": pulumi.secret(tracingHeaders) },
  };
}
