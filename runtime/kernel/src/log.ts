import { pino, type DestinationStream } from "pino";

export type Fields = Record<string, unknown>;

/** JSON lines with stable event names: `log.info("job.started", { jobId })`. Never prompts, never secrets. */
export interface Log {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
  child(fields: Fields): Log;
}

type Level = "debug" | "info" | "warn" | "error" | "silent";

/** Units: `time` in the lines is ISO 8601, UTC. */
export function createLog(service: string, level: Level = "info", destination?: DestinationStream): Log {
  const options = {
    level,
    base: { service },
    messageKey: "event",
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: ["authorization", "*.authorization", "password", "*.password", "token", "*.token", "key", "*.key"], censor: "[secret]" },
  };
  return wrap(destination === undefined ? pino(options) : pino(options, destination));
}

/** A log that says nothing, for tests. */
export const silentLog: Log = createLog("silent", "silent");

function wrap(logger: ReturnType<typeof pino>): Log {
  const at =
    (level: "debug" | "info" | "warn" | "error") =>
    (event: string, fields: Fields = {}) =>
      logger[level](serialised(fields), event);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: (fields) => wrap(logger.child(fields)) };
}

function serialised(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]));
}

function describe(error: Error): Fields {
  const { code } = error as NodeJS.ErrnoException;
  return { message: error.message, code, stack: error.stack, ...(error.cause instanceof Error ? { cause: describe(error.cause) } : {}) };
}
