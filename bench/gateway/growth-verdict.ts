/** The gateway at one moment of a long load. Units: seconds since its beginning, megabytes. */
export interface GrowthSample {
  seconds: number;
  requests: number;
  rssMb: number;
  heapMb: number;
  sockets: number;
}

/** Units: megabytes an hour. */
export interface GrowthVerdict {
  rssPerHour: number;
  heapPerHour: number;
  /** What the whole time of judging has added, by the slope. Units: megabytes. */
  rssAdded: number;
  socketsAdded: number;
  /** Undefined: too few samples to tell. */
  grows: boolean | undefined;
}

export interface GrowthRun {
  at: string;
  minutes: number;
  version: string;
  errors: number;
  samples: readonly GrowthSample[];
  verdict: GrowthVerdict;
}

/** The first part is left out: compilers, pools and the cache fill up until then. */
const settlingShare = 1 / 3;
const leastSamples = 6;
/** A collector lets memory swing by about this much; a leak of a thousandth of what passes adds more in any run of minutes. Units: megabytes. */
const swingMb = 12;
const fewSockets = 8;

/** Growth means that memory goes up over the later two thirds, by more than it swings. */
export function judgeGrowth(samples: readonly GrowthSample[]): GrowthVerdict {
  const last = samples.at(-1)?.seconds ?? 0;
  const judged = samples.filter(({ seconds }) => seconds >= last * settlingShare);
  const times = judged.map(({ seconds }) => seconds);
  const slopeOf = (of: (sample: GrowthSample) => number) => slope(times, judged.map(of));
  const spanSeconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const rss = slopeOf(({ rssMb }) => rssMb);
  const rssAdded = rss * spanSeconds;
  const socketsAdded = (judged.at(-1)?.sockets ?? 0) - (judged[0]?.sockets ?? 0);
  return {
    rssPerHour: rss * 3_600,
    heapPerHour: slopeOf(({ heapMb }) => heapMb) * 3_600,
    rssAdded,
    socketsAdded,
    grows: judged.length < leastSamples ? undefined : rssAdded > swingMb || socketsAdded > fewSockets,
  };
}

/** Theil and Sen's: the median of the slopes of all pairs, which single peaks don't move. */
function slope(times: readonly number[], values: readonly number[]): number {
  const slopes: number[] = [];
  for (let one = 0; one < times.length; one++)
    for (let other = one + 1; other < times.length; other++)
      slopes.push(((values[other] as number) - (values[one] as number)) / ((times[other] as number) - (times[one] as number)));
  return slopes.toSorted((left, right) => left - right)[Math.floor(slopes.length / 2)] ?? 0;
}

export function renderGrowth({ at, minutes, version, errors, samples, verdict }: GrowthRun): string {
  const { grows, rssPerHour, heapPerHour, rssAdded, socketsAdded } = verdict;
  const word = grows === undefined ? "too short to tell" : grows ? "**grows**" : "does not grow";
  const requests = samples.at(-1)?.requests ?? 0;
  return [
    `# The gateway's memory under ${minutes} minutes of load, ${at.slice(0, 10)}`,
    `Freehold, ${version}: ${word}. ${requests.toLocaleString("en")} requests, ${errors} errors.`,
    `After the first third: resident memory ${signed(rssPerHour)} MB an hour (${signed(rssAdded)} MB in all), heap ${signed(heapPerHour)} MB an hour, open files ${signed(socketsAdded)}.`,
    [
      "| seconds | requests | resident MB | heap MB | open files |",
      "|---|---|---|---|---|",
      ...samples.map(
        ({ seconds, requests: done, rssMb, heapMb, sockets }) =>
          `| ${Math.round(seconds)} | ${done} | ${rssMb.toFixed(1)} | ${heapMb.toFixed(1)} | ${sockets} |`,
      ),
    ].join("\n"),
    "",
  ].join("\n\n");
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
