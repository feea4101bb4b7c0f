import lighthouse, { desktopConfig } from "lighthouse";
import type { House } from "./house.ts";
import type { Form, Page } from "./pages.ts";

const categories = ["performance", "accessibility", "best-practices"] as const;
export type Category = (typeof categories)[number];

const metrics = {
  "first-contentful-paint": "first paint",
  "largest-contentful-paint": "largest paint",
  "total-blocking-time": "blocked",
  "cumulative-layout-shift": "shift",
  "total-byte-weight": "bytes",
} as const;
export type Metric = keyof typeof metrics;

/** What Lighthouse says of a page: of several runs, the one whose performance is the middle one. */
export interface Verdict {
  page: string;
  form: Form;
  /** Units: 0 to 100. */
  scores: Record<Category, number>;
  /** All runs' scores for performance, in the order of the runs. */
  performances: number[];
  /** Units: milliseconds; `cumulative-layout-shift` has none, `total-byte-weight` is bytes. */
  figures: Record<Metric, number>;
  /** What it would have otherwise. Shape: `category: title`. */
  remarks: string[];
  lighthouse: string;
  chromium: string;
}

interface Case {
  house: House;
  page: Page;
  form: Form;
  runs: number;
  port: number;
}

/** Has a page judged in the browser that listens on a port. */
export async function judge({ house, page, form, runs, port }: Case): Promise<Verdict> {
  const results: LighthouseResult[] = [];
  for (let run = 0; run < runs; run++) results.push(await once({ house, page, form, port }));
  const performances = results.map((result) => scoreOf(result, "performance"));
  const middle = results.toSorted((left, right) => scoreOf(left, "performance") - scoreOf(right, "performance"))[Math.floor((runs - 1) / 2)]!;
  return {
    page: page.name,
    form,
    scores: Object.fromEntries(categories.map((category) => [category, scoreOf(middle, category)])) as Record<Category, number>,
    performances,
    figures: Object.fromEntries(Object.keys(metrics).map((name) => [name, middle.audits[name]?.numericValue ?? NaN])) as Record<Metric, number>,
    remarks: categories.flatMap((category) => remarksOf(middle, category)),
    lighthouse: middle.lighthouseVersion,
    chromium: /Chrome\/([\d.]+)/.exec(middle.environment.hostUserAgent)?.[1] ?? "",
  };
}

type LighthouseResult = NonNullable<Awaited<ReturnType<typeof lighthouse>>>["lhr"];

async function once({ house, page, form, port }: Omit<Case, "runs">): Promise<LighthouseResult> {
  const flags = {
    port,
    onlyCategories: [...categories],
    logLevel: "error" as const,
    ...(page.signedIn && { extraHeaders: { cookie: house.cookie } }),
  };
  const address = house.origin + page.path.replace(":first", house.firstJob);
  let reason = "it gave nothing back";
  // On a busy machine a trace is lost now and then; Lighthouse itself says to run it again.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const judged = await lighthouse(address, flags, form === "desktop" ? desktopConfig : undefined);
    if (judged !== undefined && judged.lhr.runtimeError === undefined) return judged.lhr;
    reason = judged?.lhr.runtimeError?.message ?? reason;
  }
  throw new Error(`Lighthouse can't judge ${address}: ${reason}`);
}

const scoreOf = (result: LighthouseResult, category: Category) => Math.round((result.categories[category]?.score ?? 0) * 100);

/** Audits that count and aren't passed. */
function remarksOf(result: LighthouseResult, category: Category): string[] {
  const audits = (result.categories[category]?.auditRefs ?? []).filter(({ weight }) => weight > 0).map(({ id }) => result.audits[id]!);
  return audits.filter(({ score }) => score !== null && score < 0.9).map(({ title }) => `${category}: ${title}`);
}
