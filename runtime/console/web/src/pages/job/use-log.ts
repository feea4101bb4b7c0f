import { useQueryClient } from "@tanstack/react-query";
import { startTransition, useEffect, useState, useSyncExternalStore } from "react";
import { reached, unreached } from "../../api/reachability.ts";
import { createLogReader, type LogReader, type ReaderState } from "../../log/reader.ts";

/** Units: milliseconds. A phone that slept longer has lost its connection without being told. */
const longSleepMs = 20_000;

export const later = (action: () => void, ms: number) => {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
};

export const downloadUrl = (jobId: string, attempt: number) => `/api/jobs/${jobId}/log.ndjson?attempt=${attempt}`;

/** Reads the log of one attempt of a job as long as the page is open. Undefined until the page is there. */
export function useLog(jobId: string, attempt: number): { reader: LogReader; state: ReaderState } | undefined {
  const client = useQueryClient();
  const [reader, setReader] = useState<LogReader>();
  useEffect(() => {
    const urlFrom = (offset: string) => `/api/jobs/${jobId}/log?${new URLSearchParams({ attempt: String(attempt), offset })}`;
    // Asking for the job tells why: it has ended, the session has, the worker is away.
    const askAnew = () => void client.invalidateQueries({ queryKey: ["job", jobId] });
    const fresh = createLogReader({
      urlFrom,
      openStream: (url) => new EventSource(url),
      openPiece: (offset, signal) => fetch(urlFrom(String(offset)), { signal }).then(okOrThrow),
      sizeOf: async () => Number(okOrThrow(await fetch(downloadUrl(jobId, attempt), { method: "HEAD" })).headers.get("content-length") ?? 0),
      onState: (next) => {
        if (next === "live") reached();
        if (next === "reconnecting") unreached();
        if (next === "ended") askAnew();
      },
      onRefused: askAnew,
      later,
    });
    startTransition(() => setReader(fresh));
    return () => fresh.close();
  }, [client, jobId, attempt]);
  useReopening(reader);
  const state = useSyncExternalStore(reader?.subscribe ?? noSubscription, reader?.get ?? nothing);
  return reader === undefined || state === undefined ? undefined : { reader, state };
}

const noSubscription = () => () => undefined;
const nothing = () => undefined;

function okOrThrow(response: Response): Response {
  if (!response.ok) throw new Error(`The log's answer has the status ${response.status}.`);
  return response;
}

function useReopening(reader: LogReader | undefined): void {
  useEffect(() => {
    let hiddenAt = 0;
    const reopen = () => reader?.reopen();
    const onVisibility = () => {
      if (document.hidden) hiddenAt = Date.now();
      else if (Date.now() - hiddenAt > longSleepMs) reopen();
    };
    document.addEventListener("visibilitychange", onVisibility);
    addEventListener("online", reopen);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      removeEventListener("online", reopen);
    };
  }, [reader]);
}
