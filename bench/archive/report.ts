/** One measured step. */
export interface Row {
  what: string;
  seconds: number;
  /** What clouds count as writes and lists. */
  classA: number;
  reads: number;
  note: string;
}

export interface Figures {
  date: string;
  sizeMb: number;
  storedMb: number;
  segments: number;
  rows: readonly Row[];
}

/** Counts the requests in the emulator's log: deleting is free, a list is dear. */
export function countRequests(log: string): { classA: number; reads: number } {
  const counts = { classA: 0, reads: 0 };
  for (const [, method, path] of log.matchAll(/\\"(GET|POST|PUT|DELETE) (\/\S+) HTTP/g)) {
    if (method === "DELETE" || path === undefined) continue;
    if (method === "GET" && /\/o\/./.test(path)) counts.reads += 1;
    // The parts of a large upload belong to the one request that began it.
    else if (!path.includes("upload_id=")) counts.classA += 1;
  }
  return counts;
}

const segmentsOfMonth = 31 * 24 * 12;

export function renderPage({ date, sizeMb, storedMb, segments, rows }: Figures): string {
  const lines = rows.map(({ what, seconds, classA, reads, note }) => `| ${what} | ${seconds.toFixed(1)} | ${classA} | ${reads} | ${note} |`);
  const segment = rows.find(({ what }) => what.includes("WAL segments"));
  const month = (count: number | undefined) => Math.round(((count ?? 0) / segments) * segmentsOfMonth);
  return `# The archive, measured ${date}

PostgreSQL 17 and pgBackRest 2.55 in the home's containers (512 MB), the bucket emulator beside them; a database of ${sizeMb} MB; ${storedMb} MB in the bucket at the end.

| step | seconds | writes and lists | reads | |
|---|---|---|---|---|
${lines.join("\n")}

A month in which something is written in every 5 minutes: ${segmentsOfMonth} segments, ${month(segment?.classA)} writes and lists and ${month(segment?.reads)} reads.
Free each month: 50,000 requests of any kind at Oracle, 5,000 writes and lists and 50,000 reads at Google.
`;
}
