const second = 1_000_000_000n;
const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3_600n * second,
};
const largest = 2n ** 63n;

/** A duration as Go writes it, such as `1h30m` or `1.5s`; undefined when it is none. Units: nanoseconds. Source: Go, `time.ParseDuration`. */
export function parseDuration(text: string): bigint | undefined {
  const [, sign, body = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === "0") return 0n;
  const parts = [...body.matchAll(/(\d*)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy)];
  if (body === "" || parts.map(([whole]) => whole).join("") !== body) return undefined;
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of parts) {
    if (whole === "" && fraction === "") return undefined;
    const size = units[unit] ?? 0n;
    total += BigInt(whole || 0) * size + (BigInt(fraction || 0) * size) / 10n ** BigInt(fraction.length);
    if (total > largest) return undefined;
  }
  if (sign === "-") return -total;
  return total === largest ? undefined : total;
}
