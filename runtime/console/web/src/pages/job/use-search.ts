import { useEffect, useState } from "react";
import { call } from "../../api/client.ts";

/** A line that was found. Units: bytes from the beginning of the log; `text` is what stands around the place. */
interface FoundLine {
  start: number;
  end: number;
  text: string;
}

/** What a search through a whole log has found so far. Units: bytes. */
export interface Found {
  lines: readonly FoundLine[];
  readBytes: number;
  /** Whether there may be more than is listed. */
  isCut: boolean;
  isDone: boolean;
}

interface SearchPage {
  lines: FoundLine[];
  nextOffset: number | null;
  sizeBytes: number;
}

export const mostFound = 500;

interface Wanted {
  jobId: string;
  attempt: number;
  text: string;
}

/** Looks for a text in a whole log; `problem` is what keeps the worker from looking. Both are undefined while nothing is looked for. */
export function useWholeSearch({ jobId, attempt, text }: Wanted): { found: Found | undefined; problem: Error | undefined } {
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<Error>();
  useEffect(() => {
    setFound(undefined);
    setProblem(undefined);
    if (text.trim() === "") return undefined;
    const left = new AbortController();
    const fail = (thrown: unknown) => void (left.signal.aborted || setProblem(thrown as Error));
    void searchThrough({ jobId, attempt, text }, { signal: left.signal, onFound: setFound }).catch(fail);
    return () => left.abort();
  }, [jobId, attempt, text]);
  return { found, problem };
}

interface Listener {
  signal: AbortSignal;
  onFound: (found: Found) => void;
}

async function searchThrough({ jobId, attempt, text }: Wanted, { signal, onFound }: Listener): Promise<void> {
  let found: Found = { lines: [], readBytes: 0, isCut: false, isDone: false };
  while (!found.isDone) {
    const limit = mostFound - found.lines.length;
    const query = new URLSearchParams({ text, attempt: String(attempt), offset: String(found.readBytes), limit: String(limit) });
    const page = await call<SearchPage>("GET", `/api/jobs/${jobId}/log/search?${query.toString()}`, { signal });
    const lines = [...found.lines, ...page.lines];
    const isCut = page.nextOffset !== null && lines.length >= mostFound;
    found = { lines, readBytes: page.nextOffset ?? page.sizeBytes, isCut, isDone: isCut || page.nextOffset === null };
    if (!signal.aborted) onFound(found);
  }
}
