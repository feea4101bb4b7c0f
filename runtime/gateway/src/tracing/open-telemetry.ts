import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
} from "@opentelemetry/sdk-trace";
import type { Log } from "@freehold/kernel/log";
import { spanOfCall } from "./call-span.ts";
import { readPairs, type TracingSettings } from "./settings.ts";
import type { Tracing } from "./trace.ts";

/** Units: milliseconds. */
const sendEveryMs = 1_000;
const closeMs = 2_000;
const mostWaiting = 4_096;

/** Traces in OpenTelemetry's words: a span for each request, and one below it for each request to a provider. */
export function createTracing(url: string, settings: TracingSettings, log: Log): Tracing {
  const headers = readPairs("OTEL_EXPORTER_OTLP_HEADERS", settings.OTEL_EXPORTER_OTLP_HEADERS?.reveal() ?? "");
  const exporter = observed(new OTLPTraceExporter({ url, headers, timeoutMillis: settings.OTEL_EXPORTER_OTLP_TIMEOUT }), log);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      ...readPairs("OTEL_RESOURCE_ATTRIBUTES", settings.OTEL_RESOURCE_ATTRIBUTES),
      "service.name": settings.OTEL_SERVICE_NAME,
    }),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: sendEveryMs, maxQueueSize: mostWaiting })],
  });
  const tracer = provider.getTracer("freehold-gateway");
  return {
    began: (arrival) => spanOfCall(tracer, arrival),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const overdue = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)));
      await Promise.race([provider.shutdown().catch((error: unknown) => log.warn("traces.unsent", { error })), overdue]);
      clearTimeout(timer);
    },
  };
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: TracingSettings): Sampler {
  const byName = { always_on: new AlwaysOnSampler(), always_off: new AlwaysOffSampler(), traceidratio: new TraceIdRatioBasedSampler(ratio) };
  const bare = name.replace("parentbased_", "") as keyof typeof byName;
  return name === bare ? byName[bare] : new ParentBasedSampler({ root: byName[bare] });
}

/** Says once when spans stop to arrive, and once when they arrive again. */
function observed(exporter: SpanExporter, log: Log): SpanExporter {
  let isAway = false;
  const judge = ({ code, error }: ExportResult) => {
    const hasFailed = code !== ExportResultCode.SUCCESS;
    if (hasFailed && !isAway) log.warn("traces.unsent", { reason: error?.message });
    if (!hasFailed && isAway) log.info("traces.sent");
    isAway = hasFailed;
  };
  return {
    export: (spans: ReadableSpan[], done) =>
      exporter.export(spans, (result) => {
        judge(result);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
