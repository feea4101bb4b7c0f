import { createApp, type AppParts } from "@freehold/kernel/http";
import type { ErrorRequestHandler, Express } from "express";
import { ApiError } from "./api-error.ts";
import { providerHeader, providerName } from "./label.ts";
import { messagesRoutes, sendError } from "./routes/messages.ts";
import { modelsRoutes } from "./routes/models.ts";

/** The rehearsal model as an express app. */
export function createModelApp(parts: AppParts): Express {
  return createApp(parts, (app) => {
    app.get(["/", "/api/hello"], (_request, response) => void response.set(providerHeader, providerName).json({ message: "hello" }));
    messagesRoutes(app);
    modelsRoutes(app);
    app.use("/v1", (request) => {
      throw new ApiError(404, `There is no ${request.method} ${request.baseUrl}${request.path} here.`);
    });
    app.use("/v1", inAnthropicsShape(parts));
  });
}

const inAnthropicsShape =
  ({ log }: AppParts): ErrorRequestHandler =>
  (thrown: unknown, _request, response, _next) => {
    const error = toApiError(thrown);
    if (error.status === 500) log.error("request.failed", { error: thrown });
    if (response.headersSent) return void response.destroy();
    if (!response.hasHeader("request-id")) response.set({ "request-id": "req_rehearsal_refused", [providerHeader]: providerName });
    sendError(response, error);
  };

/** express's body parser has errors of its own. */
function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const status = (thrown as { status?: unknown } | null)?.status;
  if (status === 413) return new ApiError(413, "Request exceeds the maximum size");
  if (typeof status === "number" && status >= 400 && status < 500) return new ApiError(400, "The request can't be read.");
  return new ApiError(500, "The rehearsal model failed; its log says why.");
}
