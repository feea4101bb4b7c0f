import { randomUUID } from "node:crypto";
import { ends, init, returns, says, stderr, thinks, uses } from "./claude-log.ts";
import { newJob, type Play, type ScriptedJob } from "./scripted-job.ts";

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

/** The smallest run: says so, writes hello.md, is done. */
export const playHello: Play = async ({ files }, say) => {
  await say(init("claude-rehearsal-1"));
  await say(says("I'll write `hello.md`."));
  await say(uses("toolu_hello", "Write", { file_path: "/workspace/hello.md", content: "Hello from my home\n" }));
  files.set("hello.md", { content: "Hello from my home\n", type: "text/markdown; charset=utf-8", modifiedAt: new Date().toISOString() });
  await say(
    returns("toolu_hello", "File created successfully at: /workspace/hello.md", {
      report: { type: "create", filePath: "/workspace/hello.md", structuredPatch: [] },
    }),
  );
  await say(ends("Done: wrote `hello.md`.", { num_turns: 2, duration_ms: 812, total_cost_usd: 0.0012 }));
};

/** A home that has been lived in: a job of each state, one with a rich log and files. */
export function livedIn(): ScriptedJob[] {
  return [
    running(),
    rich(),
    retried(),
    failed(),
    simple("Summarise what changed in the dependencies this week", 190, 0.0921),
    simple("Draft release notes for 2.4 from the merged pull requests", 1_600, 0.3127),
    cancelled(),
    simple("Translate the landing page into French, Italian and Spanish", 4_400, 0.2254),
  ];
}

function done(fields: Record<string, unknown>, minutesAgo: number, seconds: number): ScriptedJob {
  const startedAt = ago(minutesAgo);
  const finishedAt = new Date(Date.parse(startedAt) + seconds * 1_000).toISOString();
  const state = (fields["state"] as string | undefined) ?? "succeeded";
  const attempt = { number: 1, state, sessionId: randomUUID(), startedAt, finishedAt, exitCode: state === "succeeded" ? 0 : 1, error: fields["error"] ?? null };
  return newJob({ createdAt: startedAt, startedAt, finishedAt, state, provider: "anthropic", attempts: [attempt], ...fields });
}

const simple = (title: string, minutesAgo: number, costUsd: number) => {
  const job = done({ title, prompt: title, costUsd, result: "Done." }, minutesAgo, 95);
  job.lines.push(...[init(), says("On it."), ends("Done.")].map((event) => JSON.stringify(event)));
  return job;
};

function running(): ScriptedJob {
  const startedAt = ago(1.2);
  const made = newJob({
    title: "Find why the nightly import is slow and fix it",
    prompt: "Find why the nightly import is slow and fix it",
    model: "opus",
    state: "running",
    createdAt: startedAt,
    startedAt,
    provider: "anthropic",
    attempts: [{ number: 1, state: "running", sessionId: randomUUID(), startedAt, finishedAt: null, exitCode: null, error: null }],
  });
  made.lines.push(
    ...[
      init("claude-opus-4-5"),
      says("I'll profile the import first."),
      uses("toolu_r1", "Bash", { command: "node --cpu-prof scripts/import.ts --sample 1000", description: "Profile the import" }),
    ].map((event) => JSON.stringify(event)),
  );
  return made;
}

function failed(): ScriptedJob {
  const error = {
    code: "job.timeout",
    message: "The job ran longer than its limit of 30 minutes and was stopped; its files are kept. Give it a higher timeoutMs or a smaller task.",
  };
  const job = done(
    { title: "Port the old shop's theme to the new layout engine", prompt: "Port the theme.", state: "failed", costUsd: 1.92, error },
    150,
    1_800,
  );
  job.lines.push(
    ...[
      init(),
      says("I start with the templates."),
      uses("toolu_f1", "Bash", { command: "npm test" }),
      returns("toolu_f1", "Error: Exit code 1\n\n3 tests failed", { is_error: true }),
      stderr("\u001b[31mterminated\u001b[0m"),
    ].map((event) => JSON.stringify(event)),
  );
  return job;
}

const cancelled = () =>
  done(
    {
      title: "Rewrite the parser in Rust",
      prompt: "Rewrite the parser in Rust",
      state: "cancelled",
      costUsd: 0.41,
      error: { code: "job.cancelled", message: "Cancelled by the owner." },
    },
    3_000,
    44,
  );

function retried(): ScriptedJob {
  const job = done(
    {
      title: "Collect the prices of the five providers into prices.csv",
      prompt: "Collect the prices.",
      costUsd: 0.0764,
      model: "haiku",
      result: "Wrote prices.csv with 5 rows.",
    },
    64,
    230,
  );
  const first = {
    ...job.job.attempts[0],
    number: 1,
    state: "lost",
    exitCode: 137,
    error: { code: "attempt.lost", message: "The container was killed (137)." },
  };
  job.job.attempts = [first, { ...job.job.attempts[0], number: 2 }];
  job.lines.push(...[init(), says("Second attempt."), ends("Wrote prices.csv with 5 rows.")].map((event) => JSON.stringify(event)));
  return job;
}

const patch = [
  {
    oldStart: 11,
    oldLines: 7,
    newStart: 11,
    newLines: 9,
    lines: [
      " export function parseAmount(text: string): number {",
      '-  const value = parseFloat(text.replace(",", ""));',
      "-  return Math.round(value * 100);",
      "+  const match = /^-?\\d{1,3}(?:,?\\d{3})*(?:\\.(\\d{1,2}))?$/.exec(text.trim());",
      "+  if (match === null) throw new RangeError(`${text} is not an amount`);",
      '+  const [whole = "0", cents = ""] = text.replaceAll(",", "").split(".");',
      '+  return Number(whole) * 100 + Number(cents.padEnd(2, "0"));',
      " }",
      " ",
    ],
  },
];

function rich(): ScriptedJob {
  const job = done(
    {
      title: "Fix the rounding of amounts above a thousand, with tests",
      prompt: "Amounts like 1,234,567.89 are parsed wrongly. Find out why, fix it, and add tests.\n\nKeep the public function's signature.",
      model: "sonnet",
      costUsd: 0.1843,
      result:
        "Fixed. `parseAmount` removed only the *first* comma.\n\n- It now reads the whole amount by its form and works in cents.\n- 6 new tests, all 42 pass.",
    },
    12,
    41,
  );
  const events = [
    init(),
    thinks("The replace call has a string pattern, so it replaces only the first comma. I should confirm with a test first."),
    says("I'll look at how amounts are parsed, then write a failing test before I change anything."),
    uses("t1", "TodoWrite", {
      todos: [
        { content: "Find the cause", status: "completed" },
        { content: "Write a failing test", status: "in_progress" },
        { content: "Fix and run all tests", status: "pending" },
      ],
    }),
    returns("t1", "Todos have been modified successfully."),
    uses("t2", "Grep", { pattern: "parseAmount", path: "/workspace/src", output_mode: "files_with_matches" }),
    returns("t2", "src/amount.ts\nsrc/invoice.ts\nsrc/amount.test.ts"),
    uses("t3", "Read", { file_path: "/workspace/src/amount.ts" }),
    returns("t3", "1\tconst decimals = 2;\n2\t…"),
    uses("t4", "Bash", { command: "npx jest src/amount.test.ts", description: "Run the tests" }),
    returns(
      "t4",
      "FAIL src/amount.test.ts\n  ✕ reads millions (3 ms)\n\n    expect(received).toBe(expected)\n\n    Expected: 123456789\n    Received: 123400\n\nTests: 1 failed, 5 passed, 6 total",
      { is_error: true },
    ),
    says("The test fails as expected: `String.replace` with a string removes only the **first** comma. I fix it by reading the amount by its form:"),
    uses("t5", "Edit", { file_path: "/workspace/src/amount.ts", old_string: "a", new_string: "b" }),
    returns("t5", "The file has been updated.", { report: { filePath: "/workspace/src/amount.ts", structuredPatch: patch } }),
    uses("t6", "Write", { file_path: "/workspace/CHANGES.md", content: "# Changes\n\n- Amounts above 999,999 are read right.\n" }),
    returns("t6", "File created successfully at: /workspace/CHANGES.md"),
    uses("t7", "Bash", { command: "npx jest", description: "Run all tests" }),
    returns("t7", "PASS src/amount.test.ts\nPASS src/invoice.test.ts\n\nTests: 42 passed, 42 total\nTime: 1.9 s"),
    stderr("npm notice New minor version of npm available! 11.6.2 -> 11.7.0"),
    ends(
      "Fixed. `parseAmount` removed only the *first* comma.\n\n- It now reads the whole amount by its form and works in cents.\n- 6 new tests, all **42** pass.",
    ),
  ];
  job.lines.push(...events.map((event) => JSON.stringify(event)));
  const file = (content: string | Buffer, type = "text/plain; charset=utf-8") => ({ content, type, modifiedAt: ago(11) });
  job.files = new Map([
    [
      "README.md",
      file(
        "# Invoices\n\nA small library for **invoices**.\n\n![A chart](docs/chart.svg)\n\n| amount | cents |\n|---|---|\n| 1,234.50 | 123450 |\n\n```ts\nparseAmount(\"1,234.50\") // 123450\n```\n\n<script>document.title = 'owned'</script>\n<img src=x onerror=\"document.title='owned'\">\n",
        "text/markdown",
      ),
    ],
    ["CHANGES.md", file("# Changes\n\n- Amounts above 999,999 are read right.\n")],
    ["package.json", file('{\n  "name": "invoices",\n  "version": "2.4.1"\n}\n', "application/json")],
    [
      "src/amount.ts",
      file(
        'const decimals = 2;\n\nexport function parseAmount(text: string): number {\n  const match = /^-?\\d{1,3}(?:,?\\d{3})*(?:\\.(\\d{1,2}))?$/.exec(text.trim());\n  if (match === null) throw new RangeError(`${text} is not an amount`);\n  const [whole = "0", cents = ""] = text.replaceAll(",", "").split(".");\n  return Number(whole) * 100 + Number(cents.padEnd(decimals, "0"));\n}\n',
      ),
    ],
    ["src/invoice.ts", file("export {};\n")],
    [
      "docs/chart.svg",
      file(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 100"><rect width="240" height="100" fill="#e1eff0"/><path d="M10 80 60 60 110 68 160 30 230 20" fill="none" stroke="#1a6673" stroke-width="4"/></svg>',
        "image/svg+xml",
      ),
    ],
    ["dist/bundle.tar.gz", file(Buffer.alloc(1_234_567), "application/gzip")],
  ]);
  return job;
}
