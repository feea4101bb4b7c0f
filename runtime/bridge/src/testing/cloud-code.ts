import { z } from "zod";
import { simulatedModels } from "./gemini-models.ts";
import { GoogleRefusal, invalidArgument } from "./google-refusal.ts";

/**
 * What Cloud Code Assist puts around Gemini, as public clients of Antigravity and Google's own Gemini CLI speak it (2026-11). Strict: what it would have to guess,
 * it refuses.
 */
export interface SimulatedCloudCode {
  /** The account's project, once it has one. */
  project: string | undefined;
  /** How many looks the setting up of an account takes. */
  setUpLooks: number;
  /** Requests for the account's facts, oldest first. */
  asked: string[];
  /** What each envelope said beside the request. */
  envelopes: { project: string; model: string; requestId: string; requestType: string; userAgent: string }[];
  loadCodeAssist(body: unknown): object;
  onboardUser(body: unknown): object;
  models(body: unknown): object;
  /** Throws: GoogleRefusal. */
  open(body: unknown): { model: string; request: unknown };
}

const metadata = z.strictObject({ ideType: z.string().min(1), platform: z.string().min(1), pluginType: z.string().min(1) });
const loading = z.strictObject({ metadata });
const onboarding = z.strictObject({ tierId: z.enum(["free-tier", "standard-tier"]), metadata });
const listing = z.strictObject({ project: z.string() });
const envelope = z.strictObject({
  project: z.string(),
  model: z.string(),
  request: z.record(z.string(), z.unknown()),
  requestId: z.uuid(),
  requestType: z.literal("agent"),
  userAgent: z.string().min(1),
});

const newProject = "brave-echo-1234";

export function simulateCloudCode(): SimulatedCloudCode {
  let looks = 0;
  const mustBeOwn = (project: string) => {
    if (project !== simulated.project) throw new GoogleRefusal(403, `Permission denied on resource project ${project}.`);
  };
  const simulated: SimulatedCloudCode = {
    project: "own-project",
    setUpLooks: 2,
    asked: [],
    envelopes: [],
    loadCodeAssist(body) {
      read(loading, body);
      simulated.asked.push("loadCodeAssist");
      const tiers = [{ id: "standard-tier" }, { id: "free-tier", isDefault: true }];
      return simulated.project === undefined ? { allowedTiers: tiers } : { currentTier: { id: "free-tier" }, cloudaicompanionProject: simulated.project };
    },
    onboardUser(body) {
      read(onboarding, body);
      simulated.asked.push("onboardUser");
      if (++looks < simulated.setUpLooks) return { name: "operations/1", done: false };
      simulated.project = newProject;
      return { name: "operations/1", done: true, response: { cloudaicompanionProject: { id: newProject, name: newProject } } };
    },
    models(body) {
      mustBeOwn(read(listing, body).project);
      const models = Object.entries(simulatedModels).slice(0, 2);
      return {
        models: Object.fromEntries(models.map(([name, { displayName, outputTokenLimit }]) => [name, { displayName, maxOutputTokens: outputTokenLimit }])),
      };
    },
    open(body) {
      const { request, ...facts } = read(envelope, body);
      mustBeOwn(facts.project);
      simulated.envelopes.push(facts);
      return { model: facts.model, request };
    },
  };
  return simulated;
}

function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidArgument(`Invalid JSON payload received: ${issue?.path.join(".")} ${issue?.message}`);
}
