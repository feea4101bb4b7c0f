// Loaded before a worker of a fault run: the system's clock seems to jump by what a file says, in milliseconds. Its path stands behind `?`.
import { existsSync, readFileSync, watchFile } from "node:fs";

const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const RealDate = Date;
let shiftMs = 0;

class ShiftedDate extends RealDate {
  constructor(...given: [] | [number]) {
    super(...(given.length === 0 ? ([RealDate.now() + shiftMs] as const) : given));
  }

  static override now(): number {
    return RealDate.now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate as unknown as DateConstructor;
// No signal: one that comes before its handler is there would end the process.
watchFile(file, { interval: 50, persistent: false }, () => (shiftMs = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0));
