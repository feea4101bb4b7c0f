import { randomUUID } from "node:crypto";
import express, { type Express } from "express";
import { problem } from "./scripted-services.ts";

export interface ScriptedTemplate extends Record<string, unknown> {
  name: string;
}

export const templatesBefore = (): ScriptedTemplate[] => [
  {
    name: "brand-draft",
    title: "Draft from brand and brief",
    description: "Writes a first draft in the voice of a brand, from what you know of the brand and a brief.",
    prompt: "Write a {{format}} about {{brief}}. See {{brand-file}}.",
    inputs: [
      { name: "format", label: "What is wanted", kind: "choice", required: true, choices: ["blog post", "newsletter"] },
      { name: "brief", label: "Brief", kind: "long-text", required: true },
      { name: "brand-file", label: "Brand book", kind: "file", required: false },
    ],
    budgetUsd: 2,
    instructions: "Be concrete.",
  },
  { name: "review", title: "Review of a repository", description: "", prompt: "Review the code.", inputs: [] },
];

/** Templates, files that are sent ahead, and credentials. */
export function serveTemplates(app: Express, templates: ScriptedTemplate[], uploads: { id: string; name: string; content: string }[]): void {
  const credentials: { name: string; origin: string }[] = [];
  app.get("/api/templates", (_request, response) => void response.json({ templates }));
  app.post("/api/templates", (request, response) => {
    const made = request.body as ScriptedTemplate;
    if (templates.some(({ name }) => name === made.name)) return problem(response, 409, "template.name-taken", `There is a template ${made.name}.`);
    templates.push(made);
    response.status(201).json(made);
  });
  app.get("/api/templates/:id", (request, response) => {
    const found = templates.find(({ name }) => name === request.params.id);
    if (found === undefined) return problem(response, 404, "template.unknown", `There is no template ${request.params.id}.`);
    response.json(found);
  });
  app.put("/api/templates/:id", (request, response) => {
    templates.splice(
      templates.findIndex(({ name }) => name === request.params.id),
      1,
      request.body as ScriptedTemplate,
    );
    response.json(request.body);
  });
  app.delete("/api/templates/:id", (request, response) => {
    templates.splice(
      templates.findIndex(({ name }) => name === request.params.id),
      1,
    );
    response.status(204).end();
  });
  app.post("/api/uploads", express.raw({ type: () => true, limit: "50mb" }), (request, response) => {
    const made = { id: randomUUID(), name: String(request.query["name"]), content: String(request.body) };
    uploads.push(made);
    response.status(201).json({ id: made.id, name: made.name, sizeBytes: made.content.length, sha256: "" });
  });
  app.get("/api/repositories/credentials", (_request, response) => void response.json({ credentials }));
  app.put("/api/repositories/credentials/:id", (request, response) => {
    credentials.push({ name: request.params.id, origin: (request.body as { origin: string }).origin });
    response.json(credentials.at(-1));
  });
}
