import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  id: string;
  impact: string;
  nodes: string[];
}

/** What axe finds in a page that is more than a trifle. */
export async function violationsOf(page: Page): Promise<Violation[]> {
  // Injected by the test's own protocol, which the page's policy doesn't bind.
  await page.evaluate(await readFile(axePath, "utf8"));
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`),
    }));
  });
  return violations.filter(({ impact }) => ["moderate", "serious", "critical"].includes(impact));
}

/** How wide the page's content is. Units: CSS pixels. */
export const widthOf = (page: Page): Promise<number> => page.evaluate<number>("document.documentElement.scrollWidth");
