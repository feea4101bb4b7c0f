import type { Express, Response } from "express";
import { problem } from "./scripted-services.ts";
import type { ScriptedJob } from "./scripted-job.ts";

const isEnded = (state: string) => ["succeeded", "failed", "cancelled"].includes(state);

const patch = `diff --git a/src/amount.ts b/src/amount.ts
index 83db48f..bf2690a 100644
--- a/src/amount.ts
+++ b/src/amount.ts
@@ -1,3 +1,4 @@
 const decimals = 2;
-const separator = ",";
+const separators = /[,']/g;
+const sign = /^-/;
 export const read = 1;
diff --git a/notes.md b/notes.md
new file mode 100644
--- /dev/null
+++ b/notes.md
@@ -0,0 +1,2 @@
+# Notes
+Amounts may have apostrophes.
`;

const diff = {
  base: "main",
  branch: "freehold/amounts",
  files: [
    { path: "src/amount.ts", oldPath: null, status: "modified", additions: 2, deletions: 1, binary: false },
    { path: "notes.md", oldPath: null, status: "added", additions: 2, deletions: 0, binary: false },
    { path: "logo.png", oldPath: null, status: "modified", additions: 0, deletions: 0, binary: true },
  ],
  patch,
};

/** What an owner does with a job that has ended; `run` plays it anew. */
export function serveJobChanges(
  app: Express,
  found: (response: Response) => ScriptedJob,
  { run, remove }: { run: (job: ScriptedJob) => void; remove: (id: string) => void },
): void {
  const onceEnded = (response: Response, then: (scripted: ScriptedJob) => void) => {
    const scripted = found(response);
    if (!isEnded(scripted.job.state)) return problem(response, 409, "job.not-ended", `The job is ${scripted.job.state}. Cancel it first.`);
    then(scripted);
  };
  const again = (scripted: ScriptedJob, response: Response) => {
    Object.assign(scripted.job, { state: "queued", finishedAt: null, cancelRequestedAt: null, error: null });
    scripted.lines = [];
    run(scripted);
    response.status(202).json(scripted.job);
  };
  app.post("/api/jobs/:id/retry", (_request, response) => onceEnded(response, (scripted) => again(scripted, response)));
  app.post("/api/jobs/:id/resume", (request, response) =>
    onceEnded(response, (scripted) => {
      const { job } = scripted;
      const turns = (job["turns"] as object[] | undefined) ?? [];
      job["turns"] = [...turns, { number: turns.length + 2, prompt: (request.body as { prompt: string }).prompt, at: new Date().toISOString() }];
      again(scripted, response);
    }),
  );
  app.delete("/api/jobs/:id", (_request, response) =>
    onceEnded(response, ({ job }) => {
      remove(job.id);
      response.status(204).end();
    }),
  );
  app.get("/api/jobs/:id/diff", (_request, response) => void response.json(diff));
  app.get("/api/jobs/:id/repository", (_request, response) => {
    const repository = found(response).job["repository"];
    if (repository === undefined) return problem(response, 404, "repository.unknown", "The job has no repository.");
    response.json(repository);
  });
  app.post("/api/jobs/:id/deliver", (request, response) => {
    const repository = found(response).job["repository"] as Record<string, unknown>;
    const { mode } = request.body as { mode: string };
    const done = { delivery: "delivered", deliveredCommit: "3f2a1b9c77d0", deliveryEndedAt: new Date().toISOString() };
    Object.assign(repository, { mode, ...done, pullRequestUrl: mode === "pull-request" ? "https://git.example.com/pulls/7" : null });
    response.status(202).json(repository);
  });
}
