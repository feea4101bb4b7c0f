import type { Express } from "express";
import { ApiError } from "../api-error.ts";
import { isModelId } from "../request.ts";
import { answered } from "./messages.ts";

/** Names that clients commonly ask for; any other `claude-…` name is answered too. */
const listed = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-sonnet-4-5", "claude-haiku-4-5"];

const describe = (id: string) => ({
  type: "model",
  id,
  display_name: `${id} (rehearsal model: offline, not a real model)`,
  created_at: "2026-01-01T00:00:00Z",
});

export function modelsRoutes(app: Express): void {
  app.get(
    "/v1/models",
    answered((_request, response) => void response.json({ data: listed.map(describe), has_more: false, first_id: listed.at(0), last_id: listed.at(-1) })),
  );
  app.get(
    "/v1/models/:id",
    answered((request, response) => {
      const id = String(request.params["id"]);
      if (!isModelId(id)) throw new ApiError(404, `model: ${id.slice(0, 100)}`);
      response.json(describe(id));
    }),
  );
}
