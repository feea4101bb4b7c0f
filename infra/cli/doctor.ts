import type { Finding } from "../setup/index.ts";

const marks = { ok: "ok  ", missing: "MISS", broken: "BAD " } as const;

export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .flatMap(({ state, name, detail, cure }) => [
      `${marks[state]} ${name.padEnd(width)}  ${detail}`,
      ...(state === "ok" || cure === undefined ? [] : [`${" ".repeat(width + 7)}→ ${cure}`]),
    ])
    .join("\n");
}
