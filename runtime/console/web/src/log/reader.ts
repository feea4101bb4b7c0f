import { lineStart, readBefore, stepBytes } from "./pieces.ts";
import { followLog, type LogStream, type Source, type StreamState } from "./stream.ts";
import { readShort } from "./short-log.ts";
import { LogWindow, type WindowSnapshot } from "./window.ts";

export interface ReaderState extends WindowSnapshot {
  stream: StreamState;
  /** Whether lines after those that are here are known to exist, or may come. */
  hasNewer: boolean;
  isLoadingOlder: boolean;
  /** Units: bytes, as far as is known. */
  sizeBytes: number;
  /** Another one whenever the reader has gone elsewhere. */
  epoch: number;
}

export interface ReaderParts {
  urlFrom: (offset: string) => string;
  openStream: (url: string) => Source;
  openPiece: (offset: number, signal: AbortSignal) => Promise<Response>;
  /** The answer that gives all of the log. */
  openWhole: () => Promise<Response>;
  /** The size of the log now. Units: bytes. */
  sizeOf: () => Promise<number>;
  onState: (state: StreamState) => void;
  onRefused: () => void;
  later: (action: () => void, ms: number) => () => void;
}

/** A log of any length, of which a bounded stretch is held; the reader goes through it both ways. */
export interface LogReader {
  get(): ReaderState;
  subscribe(listener: () => void): () => void;
  /** While it follows, what comes is taken and the oldest is dropped; else what is in view stays. */
  setFollows(follows: boolean): void;
  loadOlder(): void;
  loadNewer(): void;
  /** Goes on from the line at or after a place. Units: bytes. */
  jump(place: number): void;
  toEnd(): void;
  reopen(): void;
  close(): void;
}

/** Units: milliseconds. Often enough to look live, seldom enough for a hundred thousand lines. */
const batchMs = 40;
/** Units: batches. */
const firstLineTurns = 50;
/** Units: lines. So many are taken beyond what is in view before the reader must come nearer. */
const aheadLines = 1_500;
/** Units: bytes. Of a longer log only the end is read at first. */
const tailBytes = 2 * stepBytes;

export function createLogReader(parts: ReaderParts): LogReader {
  return new Reader(parts);
}

class Reader implements LogReader {
  readonly #parts: ReaderParts;
  readonly #listeners = new Set<() => void>();
  #window = new LogWindow();
  #stream: LogStream | undefined;
  #state: ReaderState;
  #follows = true;
  #paused = false;
  #streamState: StreamState = "connecting";
  #waiting = false;
  #sizeBytes = 0;
  #isLoadingOlder = false;
  #ahead = 0;
  #wantsNewer = false;
  /** Whether lines came that were asked for at the end: then room is made at the beginning. */
  #hasTaken = false;
  /** Raised by whatever moves the window elsewhere: answers to older questions are dropped. */
  #place = 0;
  #epoch = 0;
  #closed = false;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#state = this.#look(false);
    void this.#begin();
  }

  get = (): ReaderState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  setFollows(follows: boolean): void {
    if (this.#follows === follows) return;
    this.#follows = follows;
    this.#wantsNewer = false;
    this.#ahead = 0;
    if (follows) this.#resume();
  }

  loadOlder(): void {
    if (this.#isLoadingOlder || this.#window.start === 0) return;
    this.#isLoadingOlder = true;
    void this.#older(this.#place);
  }

  loadNewer(): void {
    this.#wantsNewer = true;
    this.#ahead = 0;
    this.#resume();
  }

  jump(place: number): void {
    void this.#goTo(++this.#place, place, false);
  }

  toEnd(): void {
    this.#follows = true;
    this.#ahead = 0;
    if (this.#paused) void this.#catchUp(this.#place);
  }

  reopen(): void {
    this.#stream?.reopen();
  }

  close(): void {
    this.#closed = true;
    this.#place += 1;
    this.#stream?.close();
  }

  /** From its end, or its first byte where it is short; a short one is here at once, and only what comes later is streamed. */
  async #begin(): Promise<void> {
    const place = ++this.#place;
    const { sizeBytes, lines = [] } = await this.#parts
      .openWhole()
      .then(readShort)
      .catch(() => ({ sizeBytes: 0, lines: [] }));
    if (place !== this.#place) return;
    this.#sizeBytes = Math.max(this.#sizeBytes, sizeBytes);
    if (lines.length === 0) return this.#goTo(place, sizeBytes > 2 * tailBytes ? sizeBytes - tailBytes : 0, true);
    for (const { text, end } of lines) this.#window.append(text, end);
    this.#show(false);
    this.#follow(this.#window.end, place);
  }

  async #goTo(place: number, offset: number, follows: boolean): Promise<void> {
    // What can't be read now is told by the stream, which tries again.
    const start = await lineStart(this.#parts.openPiece, Math.min(offset, this.#sizeBytes)).catch(() => 0);
    if (place !== this.#place) return;
    this.#follows = follows;
    this.#epoch += 1;
    this.#window = new LogWindow(start);
    this.#isLoadingOlder = false;
    this.#paused = false;
    this.#ahead = 0;
    this.#show(false);
    this.#follow(start, place);
    // Something to scroll up to.
    if (!follows) this.loadOlder();
  }

  /** Streams from a place on. One that begins paused leaves what is said of the stream as it is until it goes on. */
  #follow(from: number, place: number): void {
    this.#stream?.close();
    const begunPaused = this.#paused;
    this.#stream = followLog({
      from: String(from),
      urlFrom: this.#parts.urlFrom,
      open: this.#parts.openStream,
      startsPaused: begunPaused,
      onLine: (text, end) => place === this.#place && this.#take(text, end),
      onState: (state) => {
        if (place !== this.#place || (this.#paused && state === "connecting")) return;
        this.#streamState = state;
        this.#parts.onState(state);
        this.#soon();
      },
      onRefused: this.#parts.onRefused,
      later: this.#parts.later,
    });
  }

  /** Reads on to the end where it is near, else begins anew there. */
  async #catchUp(place: number): Promise<void> {
    const size = await this.#parts.sizeOf().catch(() => 0);
    if (place !== this.#place) return;
    this.#sizeBytes = Math.max(this.#sizeBytes, size);
    if (this.#window.end >= this.#sizeBytes - tailBytes) this.#resume();
    else await this.#goTo(++this.#place, this.#sizeBytes - tailBytes, true);
  }

  #take(text: string, end: number): void {
    this.#window.append(text, end);
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
    this.#ahead += 1;
    this.#hasTaken ||= this.#wantsNewer;
    // Whoever reads further up keeps what is in view: a full window takes more only for one who comes to its end.
    if (!this.#follows && (this.#ahead > aheadLines || (this.#window.isFull && !this.#wantsNewer))) this.#pause();
    this.#soon();
  }

  get #isEmpty(): boolean {
    return this.#window.start === this.#window.end;
  }

  async #older(place: number): Promise<void> {
    const { start, lines } = await readBefore(this.#parts.openPiece, this.#window.start).catch(() => ({ start: -1, lines: [] }));
    // The list keeps its place by one end at a time: what has come at the other one is shown first. Where nothing stands yet there is no place to keep: the line that was jumped to comes
    // before those above it, and is waited for as long as there may be one.
    for (let turn = 0; place === this.#place && (this.#waiting || (this.#isEmpty && turn < firstLineTurns)); turn++)
      await new Promise<void>((resolve) => void this.#parts.later(resolve, batchMs));
    if (place !== this.#place) return;
    this.#isLoadingOlder = false;
    if (start < 0) return;
    this.#window.prepend(start, lines);
    this.#show(true);
    // The other end goes in a change of its own: the list keeps its place by one end at a time.
    if (this.#window.isFull) this.#parts.later(() => place === this.#place && this.#cutEnd(), 100);
  }

  /** What is dropped at the end is read again when the reader comes there: the stream goes on from the new end. */
  #cutEnd(): void {
    if (this.#follows || !this.#window.trim("end")) return;
    this.#paused = true;
    this.#follow(this.#window.end, this.#place);
    this.#show(false);
  }

  #cutStart(): void {
    this.#hasTaken = false;
    if (!this.#follows && this.#window.trim("start")) this.#show(true);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#wantsNewer = false;
    this.#stream?.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream?.resume();
  }

  #soon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#parts.later(() => {
      this.#waiting = false;
      if (this.#closed) return;
      // While it follows, the list goes to its end anyway: both ends may change at once.
      if (this.#window.isFull && this.#follows) this.#window.trim("start");
      this.#show(false);
      if (this.#window.isFull && this.#hasTaken && !this.#follows) this.#parts.later(() => this.#cutStart(), 100);
    }, batchMs);
  }

  #look(isShifted: boolean): ReaderState {
    return {
      ...this.#window.snapshot(isShifted),
      stream: this.#streamState,
      // Lines are on their way after a jump: a list that is still short is not at the log's end.
      hasNewer: this.#paused || (!this.#follows && this.#window.end < this.#sizeBytes),
      isLoadingOlder: this.#isLoadingOlder,
      sizeBytes: this.#sizeBytes,
      epoch: this.#epoch,
    };
  }

  #show(isShifted: boolean): void {
    this.#state = this.#look(isShifted);
    for (const listener of this.#listeners) listener();
  }
}
