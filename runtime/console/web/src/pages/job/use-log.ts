import { useQueryClient } from "@tanstack/react-query";
import { startTransition, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { takeEarly } from "../../api/early.ts";
import { reached, unreached } from "../../api/reachability.ts";
import { createLogReader, type LogReader, type ReaderState } from "../../log/reader.ts";

/** Units: milliseconds. A phone that slept longer has lost its connection without being told. */
const longSleepMs = 20_000;

export const later = (action: () => void, ms: number) => {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
};

export const downloadUrl = (jobId: string, attempt: number) => `/api/jobs/${jobId}/log.ndjson?attempt=${attempt}`;

interface OpenLog {
  reader: LogReader;
  state: ReaderState;
}

/** Reads the log of one attempt of a job as long as the page is open. Undefined until there is something to say of it. */
export function useLog(jobId: string, attempt: number): OpenLog | undefined {
  const client = useQueryClient();
  const [log, setLog] = useState<OpenLog>();
  const isShown = useRef(false);
  useEffect(() => {
    isShown.current = log !== undefined;
  }, [log]);
  useEffect(() => {
    const urlFrom = (offset: string) => `/api/jobs/${jobId}/log?${new URLSearchParams({ attempt: String(attempt), offset })}`;
    // Asking for the job tells why: it has ended, the session has, the worker is away.
    const askAnew = () => void client.invalidateQueries({ queryKey: ["job", jobId] });
    const url = downloadUrl(jobId, attempt);
    const fresh = createLogReader({
      urlFrom,
      openStream: (from) => new EventSource(from),
      openPiece: (offset, signal) => fetch(urlFrom(String(offset)), { signal }).then(okOrThrow),
      openWhole: async () => okOrThrow((await takeEarly(url)) ?? (await fetch(url))),
      sizeOf: async () => Number(okOrThrow(await fetch(url, { method: "HEAD" })).headers.get("content-length") ?? 0),
      onState: (next) => {
        if (next === "live") reached();
        if (next === "reconnecting") unreached();
        if (next === "ended") askAnew();
      },
      onRefused: askAnew,
      later,
    });
    const show = () => {
      const state = fresh.get();
      // Each change by itself: two that were drawn as one would move the list by the lines of both ends.
      if (isShown.current) flushSync(() => setLog({ reader: fresh, state }));
      // All that is there at first is drawn in slices, so that a phone can be touched meanwhile.
      else if (state.lines.length > 0 || state.stream !== "connecting") startTransition(() => setLog({ reader: fresh, state }));
    };
    const unsubscribe = fresh.subscribe(show);
    return () => {
      unsubscribe();
      fresh.close();
    };
  }, [client, jobId, attempt]);
  useReopening(log?.reader);
  return log;
}

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
