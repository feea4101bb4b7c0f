import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { asJson, ownerPassword } from "../support/console.ts";
import { ends, init, returns, says, stderr, thinks, uses } from "../support/claude-log.ts";
import { newJob } from "../support/scripted-job.ts";
import { desktop, picture, startScene, type Scene } from "./console-scene.ts";

const patience = 180_000;
const mark = "globalThis.owned=1";
const payloads = [
  `<script>${mark}</script>`,
  `<img src=x onerror="${mark}">`,
  `<svg onload="${mark}">`,
  `<iframe srcdoc="<script>parent.owned=1</script>"></iframe>`,
  `<a href="javascript:${mark}" autofocus onfocus="${mark}">press me</a>`,
  `[press me](javascript:${mark})`,
  `![x](x" onerror="${mark})`,
  `"><details open ontoggle="${mark}">`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${mark}&gt;">`,
  `<form action="https://evil.example"><button>press me</button></form>`,
  `<style>@import "https://evil.example/x.css";</style><base href="https://evil.example/">`,
  `\u001b]8;;javascript:${mark}\u0007press me\u001b]8;;\u0007 \u001b[31m<b onclick="${mark}">red</b>`,
  "\u202Egnp.exe {{constructor.constructor('owned=1')()}} ${owned=1}",
];
const everything = payloads.join("\n\n");
// Names as a file system allows them.
const names = payloads.map((text, index) => `${index} ${text.replaceAll("/", "∕").replaceAll("\n", " ").slice(0, 120)}`);
let scene: Scene;

beforeAll(async () => {
  scene = await startScene({ jobs: [hostileJob()], provider: "anthropic" });
  await scene.house.call("POST", "/api/session", asJson({ password: ownerPassword }, { "user-agent": payloads[1]! }));
  await scene.house.pool.query("update audit set detail = $1, member_name = $2", [everything, payloads[0]]);
}, patience);
afterAll(async () => {
  await scene.close();
}, patience);

function hostileJob() {
  const at = new Date().toISOString();
  const attempts = [
    { number: 1, state: "failed", sessionId: payloads[0], startedAt: at, finishedAt: at, exitCode: 1, error: { code: "x", message: everything } },
  ];
  const made = newJob({
    title: payloads.slice(0, 4).join(" "),
    prompt: everything,
    model: payloads[1],
    provider: payloads[2],
    state: "failed",
    startedAt: at,
    finishedAt: at,
    result: everything,
    error: { code: payloads[0], message: everything },
    attempts,
  });
  const events = [
    init(payloads[0]),
    says(everything),
    thinks(everything),
    uses("toolu_1", payloads[1]!, { command: everything, description: payloads[2], file_path: names[1] }),
    returns("toolu_1", everything, { is_error: true }),
    uses("toolu_2", "Write", { file_path: `/workspace/${names[0]}`, content: everything }),
    returns("toolu_2", everything, {
      report: {
        type: "update",
        filePath: names[1],
        structuredPatch: [{ oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: [`-${payloads[0]}`, `+${payloads[1]}`] }],
      },
    }),
    uses("toolu_3", "TodoWrite", { todos: payloads.map((content) => ({ content, status: "pending", activeForm: content })) }),
    uses("toolu_4", "WebFetch", { url: `javascript:${mark}`, prompt: payloads[0] }),
    stderr(everything),
    ends(everything),
  ];
  made.lines.push(...events.map((event) => JSON.stringify(event)), everything, '{"type":"<script>","__proto__":{"owned":1}}');
  const file = (content: string, type: string) => ({ content, type, modifiedAt: at });
  for (const name of names) made.files.set(name, file(everything, "text/plain"));
  made.files.set("page.md", file(everything, "text/markdown"));
  made.files.set("page.html", file(everything, "text/html"));
  made.files.set("page.svg", file(`<svg xmlns="http://www.w3.org/2000/svg" onload="parent.${mark}"><script>parent.${mark}</script></svg>`, "image/svg+xml"));
  made.files.set("page.xhtml", file(`<html xmlns="http://www.w3.org/1999/xhtml"><script>${mark}</script></html>`, "application/xhtml+xml"));
  return made;
}

/** Opens whatever can be opened, as a curious reader would. */
async function readEverything(page: Page): Promise<void> {
  await page.goto("/");
  await page.locator(".job-title").first().waitFor();
  await page.locator("a.job").first().click();
  await page.getByText("press me").first().waitFor();
  for (const summary of await page.locator("summary, [aria-expanded=false]").all()) await summary.click({ timeout: 2_000 }).catch(() => undefined);
  await picture(page, "hostile-log");
  await page.keyboard.press("r");
  const { pathname } = new URL(page.url());
  const id = pathname.split("/")[2]!;
  await page.goto(`/jobs/${id}/details`);
  await page.getByText("<script>").first().waitFor();
  await page.goto(`/jobs/${id}/files`);
  await page.getByText("page.md").first().waitFor();
  await picture(page, "hostile-files");
  for (const name of [names[1]!, names[4]!, "page.md", "page.html", "page.svg"]) {
    await page.goto(`/jobs/${id}/files`);
    await page.getByText(name.slice(0, 30), { exact: false }).first().click();
    await page.waitForLoadState("networkidle");
  }
  for (const address of ["/settings", "/settings/audit", "/settings/members"]) {
    await page.goto(address);
    await page.locator(".row, .audit-entry").first().waitFor();
    for (const summary of (await page.locator(".audit-entry summary").all()).slice(0, 3)) await summary.click();
  }
}

/** Has a model answer with the payloads, word by word. */
async function askModel(page: Page): Promise<void> {
  const event = (data: { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const delta = (text: string) => event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } } as { type: string });
  const message = { id: "msg_1", type: "message", role: "assistant", model: payloads[0], content: [], usage: { input_tokens: 1, output_tokens: 1 } };
  const body = [
    event({ type: "message_start", message } as { type: string }),
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as { type: string }),
    ...payloads.map((payload) => delta(`${payload}\n\n`)),
    event({ type: "message_stop" }),
  ].join("");
  await page.route("**/api/models/try", (route) =>
    route.fulfill({ status: 200, headers: { "content-type": "text/event-stream", "x-freehold-provider": payloads[0]! }, body }),
  );
  await page.goto("/models/try");
  await page.getByLabel("What do you want to ask?").fill("Say something.");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByRole("region", { name: "Answer" }).getByText("press me").first().waitFor();
  await picture(page, "hostile-answer");
}

test.each([
  ["under the page's policy", false],
  ["even without the page's policy", true],
])(
  "what jobs, files, names and models say stays text %s: nothing runs, nothing is asked elsewhere, nothing opens",
  async (_how, withoutPolicy) => {
    const { page, context } = await scene.open({ viewport: desktop, withoutPolicy });
    const elsewhere: string[] = [];
    const dialogs: string[] = [];
    page.on(
      "response",
      (response) => new URL(response.url()).origin === scene.origin || /^(data|blob):/.test(response.url()) || elsewhere.push(response.url()),
    );
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const check = async () => {
      expect(await page.evaluate("[globalThis.owned, ({}).owned]")).toEqual([undefined, undefined]);
      expect(
        await page.locator("[href^='javascript:' i], iframe, form[action], base, main script, main [onerror], main [onload], main [onclick]").count(),
      ).toBe(0);
    };
    await readEverything(page);
    await check();
    await askModel(page);
    await check();
    expect([dialogs, elsewhere, context.pages().length]).toEqual([[], [], 1]);
    await context.close();
  },
  patience,
);

test(
  "a job's file that is opened alone, by its address, runs nothing in the console's name",
  async () => {
    const { page, context } = await scene.open();
    const [job] = scene.worker.jobs;
    for (const name of ["page.html", "page.svg", "page.xhtml", "page.md"]) {
      const address = `/api/jobs/${job!.job.id}/files/content?path=${encodeURIComponent(name)}`;
      await page.goto(address).catch(() => undefined);
      expect([name, await page.evaluate("globalThis.owned")]).toEqual([name, undefined]);
    }
    await context.close();
  },
  patience,
);
