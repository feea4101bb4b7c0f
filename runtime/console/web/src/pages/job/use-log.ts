import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { reached, unreached } from "../../api/reachability.ts";
import { createLogStore, type LogSnapshot, type LogStore } from "../../log/store.ts";
import { followLog, type LogStream, type StreamState } from "../../log/stream.ts";

/** Units: milliseconds. Often enough to look live, seldom enough for a hundred thousand lines. */
const batchMs = 40;
/** Units: milliseconds. A phone that slept longer has lost its connection without being told. */
const longSleepMs = 20_000;

const later = (action: () => void, ms: number) => {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
};

/** Follows the log of one attempt of a job, from its first byte, as long as the page is open. */
export function useLog(jobId: string, attempt: number): LogSnapshot & { state: StreamState } {
  const client = useQueryClient();
  const [store, setStore] = useState<LogStore>(() => createLogStore((show) => later(show, batchMs)));
  const [state, setState] = useState<StreamState>("connecting");
  const stream = useRef<LogStream>(undefined);
  useEffect(() => {
    const fresh = createLogStore((show) => later(show, batchMs));
    setStore(fresh);
    const followed = followLog({
      urlFrom: (offset) => `/api/jobs/${jobId}/log?${new URLSearchParams({ attempt: String(attempt), offset })}`,
      open: (url) => new EventSource(url),
      onLine: (text) => fresh.add(text),
      onState: (next) => {
        setState(next);
        if (next === "live") reached();
        if (next === "reconnecting") unreached();
        if (next === "ended") void client.invalidateQueries({ queryKey: ["job", jobId] });
      },
      // Asking for the job tells why: the session ended, the worker is away.
      onRefused: () => void client.invalidateQueries({ queryKey: ["job", jobId] }),
      later,
    });
    stream.current = followed;
    return () => followed.close();
  }, [client, jobId, attempt]);
  useReopening(stream);
  const snapshot = useSyncExternalStore(store.subscribe, store.get);
  return { ...snapshot, state };
}

function useReopening(stream: { current: LogStream | undefined }): void {
  useEffect(() => {
    let hiddenAt = 0;
    const reopen = () => stream.current?.reopen();
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
  }, [stream]);
}
