import { useEffect, useRef, useState } from "react";
import type { Job } from "../../api/job-types.ts";
import { createEditCollector, type Edit } from "../../log/edits.ts";
import { followLog, type LogStream } from "../../log/stream.ts";
import { later } from "./use-log.ts";

/** Units: bytes. So much of the logs is looked through before the reader is asked whether to go on. */
const stepBytes = 64 * 1_048_576;
/** Units: milliseconds. What came in between is shown together. */
const batchMs = 100;

export interface FoundEdits {
  edits: Edit[];
  /** Whether the logs go on; they are read, or wait for `more`. */
  isReading: boolean;
  more: (() => void) | undefined;
}

const nothingYet: FoundEdits = { edits: [], isReading: true, more: undefined };

/** The edits in the logs of all of a job's attempts, also those that still come. */
export function useEdits(job: Job): FoundEdits {
  const [found, setFound] = useState<FoundEdits>(nothingYet);
  const newest = job.attempts.at(-1)?.number ?? 0;
  const reader = useRef<EditReader>(undefined);
  useEffect(() => {
    const fresh = new EditReader(job.id, setFound);
    reader.current = fresh;
    return () => fresh.close();
  }, [job.id]);
  useEffect(() => reader.current?.readTo(newest), [job.id, newest]);
  return found;
}

/** Reads the logs of attempts one after the other, each from its beginning to its end. */
class EditReader {
  readonly #jobId: string;
  readonly #show: (found: FoundEdits) => void;
  readonly #collector = createEditCollector();
  #attempt = 0;
  #newest = 0;
  #stream: LogStream | undefined;
  #isOver = true;
  #leftBytes = stepBytes;
  #batch: (() => void) | undefined;

  constructor(jobId: string, show: (found: FoundEdits) => void) {
    this.#jobId = jobId;
    this.#show = show;
  }

  /** A job gets more attempts while it is looked at. */
  readTo(newest: number): void {
    this.#newest = newest;
    if (this.#isOver) this.#next();
  }

  close(): void {
    this.#stream?.close();
    this.#batch?.();
    this.#newest = -1;
  }

  #next(): void {
    this.#stream?.close();
    this.#isOver = this.#attempt >= this.#newest;
    this.#tell();
    if (this.#isOver) return;
    const attempt = ++this.#attempt;
    let place = 0;
    this.#stream = followLog({
      urlFrom: (offset) => `/api/jobs/${this.#jobId}/log?${new URLSearchParams({ attempt: String(attempt), offset })}`,
      open: (url) => new EventSource(url),
      onLine: (text, end) => {
        this.#leftBytes -= end - place;
        place = end;
        if (this.#collector.add(attempt, text)) this.#tell();
        if (this.#leftBytes <= 0) this.#pause();
      },
      onState: (state) => {
        if (state === "ended") this.#next();
      },
      onRefused: () => undefined,
      later,
    });
  }

  #pause(): void {
    this.#stream?.pause();
    this.#tell();
  }

  #tell(): void {
    this.#batch ??= later(() => {
      this.#batch = undefined;
      if (this.#newest === -1) return;
      const resume = () => {
        this.#leftBytes = stepBytes;
        this.#stream?.resume();
        this.#tell();
      };
      this.#show({ edits: this.#collector.edits(), isReading: !this.#isOver, more: this.#leftBytes <= 0 ? resume : undefined });
    }, batchMs);
  }
}
