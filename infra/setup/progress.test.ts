import { expect, test } from "@jest/globals";
import { createProgress, elapsed } from "./progress.ts";
import type { Clock, Output } from "./progress.ts";

function stage(isTTY: boolean): { output: Output; clock: Clock; written: string[]; pass: (milliseconds: number) => void } {
  const written: string[] = [];
  let now = 0;
  let beat: { every: number; act: () => void } | undefined;
  return {
    written,
    output: { write: (text) => written.push(text), isTTY, columns: 40 },
    clock: {
      now: () => now,
      every: (every, act) => {
        beat = { every, act };
        return () => (beat = undefined);
      },
    },
    pass(milliseconds) {
      const until = now + milliseconds;
      while (now < until) {
        now += beat?.every ?? milliseconds;
        if (now <= until) beat?.act();
      }
    },
  };
}

test("a step says what it does, why it is slow, that it still runs, and how long it took", async () => {
  const { output, clock, written, pass } = stage(false);
  await createProgress(output, clock).step({ what: "Bridge", why: "built; 2 minutes" }, async (latest) => {
    latest("12 packages, net/http");
    pass(30_000);
  });
  expect(written.join("")).toBe(
    ["Bridge (built; 2 minutes)", "  … 15 s  12 packages, net/http", "  … 30 s  12 packages, net/http", "  done in 30 s", ""].join("\n"),
  );
});

test("on a terminal the running line is rewritten within the width of the screen", async () => {
  const { output, clock, written, pass } = stage(true);
  await createProgress(output, clock).step({ what: "Bridge" }, async (latest) => {
    latest("x".repeat(200));
    pass(1_000);
  });
  expect(written[1]).toBe(`\r\u001b[2K${`  … 1.0 s  ${"x".repeat(40)}`.slice(0, 39)}`);
  expect(written.at(-1)).toBe("  done in 1.0 s\n");
});

test("a step that fails says so and passes the error on", async () => {
  const { output, clock, written } = stage(false);
  const failing = createProgress(output, clock).step({ what: "Bridge" }, () => Promise.reject(new Error("no Go")));
  await expect(failing).rejects.toThrow("no Go");
  expect(written.at(-1)).toBe("  failed after 0.0 s\n");
});

test.each([
  [1_234, "1.2 s"],
  [59_400, "59 s"],
  [103_000, "1 min 43 s"],
])("%i milliseconds are shown as %s", (milliseconds, text) => {
  expect(elapsed(milliseconds)).toBe(text);
});
