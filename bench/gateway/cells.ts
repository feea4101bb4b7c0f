/** One kind of load. Units: bytes. */
export interface Cell {
  name: string;
  stream: boolean;
  sizeBytes: number;
  connections: number;
  /** Whether one and the same request is sent again and again, for those that have a cache. */
  isRepeated: boolean;
}

const cell = (stream: boolean, sizeBytes: number, connections: number): Cell => ({
  name: `${stream ? "stream" : "plain"}-${sizeBytes / 1_024}k-c${connections}`,
  stream,
  sizeBytes,
  connections,
  isRepeated: false,
});

/** Claude Code's first request has 48 KB; 1 KB shows what a request costs whatever its size. */
const sizes = [49_152, 1_024] as const;
/** With one connection the time of a single request shows; with 32 the gateway's core is full. */
const connections = [1, 32] as const;

/** What a cache answers at once. */
export const repeatedCell: Cell = { ...cell(true, 49_152, 1), name: "cached-48k-c1", isRepeated: true };

export const cells: readonly Cell[] = [
  ...connections.flatMap((count) => [true, false].flatMap((stream) => sizes.map((size) => cell(stream, size, count)))),
  repeatedCell,
];

export const nameOf = (stream: boolean, sizeBytes: number, count: number): string => cell(stream, sizeBytes, count).name;

/** How long things take. Units: milliseconds. */
export interface Tempo {
  rounds: number;
  warmMs: number;
  runMs: number;
  /** For those that answer fewer than 100 requests a second: else too few would be counted. */
  slowRunMs: number;
  /** Before the first round, for the compilers of the contenders. */
  heatMs: number;
  /** How long a cell waits at most for other work on the machine to pass. */
  calmMs: number;
  slowStreams: number;
  openMs: number;
  holdMs: number;
  /** No further round begins when it would end later than this. */
  budgetMs: number;
}

export const quick: Tempo = {
  rounds: 2,
  warmMs: 250,
  runMs: 700,
  slowRunMs: 2_000,
  heatMs: 1_500,
  calmMs: 600,
  slowStreams: 2_000,
  openMs: 12_000,
  holdMs: 3_000,
  budgetMs: 140_000,
};

export const full: Tempo = {
  rounds: 5,
  warmMs: 400,
  runMs: 2_200,
  slowRunMs: 4_000,
  heatMs: 4_000,
  calmMs: 5_000,
  slowStreams: 2_000,
  openMs: 45_000,
  holdMs: 5_000,
  budgetMs: 700_000,
};
