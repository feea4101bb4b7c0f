/** When a job's id was made, to the millisecond. Units: milliseconds since 1970. */
export const timeOfJobId = (id: string): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

/** The smallest id of its time. */
export const firstIdAt = (ms: number): string => {
  const hex = Math.min(Math.max(0, ms), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

/**
 * A UUID of version 7: it begins with the time, so ids sort as the jobs were made, and the newest are the last of the primary key.
 * Source: RFC 9562, section 5.7. Units: `nowMs` since 1970; `random` gives 16 bytes.
 */
export function newJobId(nowMs: number, random: (bytes: number) => Uint8Array): string {
  const bytes = Buffer.from(random(16));
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x70, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
