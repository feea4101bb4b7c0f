import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { templateInput } from "../templates/template-inputs.ts";
import { templateName, templateRequest } from "../templates/template-request.ts";
import { time } from "./job-answers.ts";
import { params } from "./templates.ts";

const tag = "Templates";
const { name, ...rest } = templateRequest.shape;
const template = z
  .looseObject({
    name: templateName,
    title: z.string(),
    description: z.string(),
    prompt: z.string(),
    inputs: z.array(templateInput),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Template", description: "With the options of its jobs, as `POST /api/jobs` takes them. Lists cut the prompt to 1,000 characters." });

export const templateDescriptions: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/templates",
    operation: "listTemplates",
    summary: "List templates",
    tag,
    answers: { 200: { description: "The templates", body: z.object({ templates: z.array(template) }) } },
  },
  {
    method: "post",
    path: "/api/templates",
    operation: "createTemplate",
    summary: "Make a template",
    tag,
    body: templateRequest,
    answers: { 201: { description: "The template", body: template } },
    errors: ["template.name-taken", "upload.unknown"],
  },
  {
    method: "get",
    path: "/api/templates/:id",
    operation: "readTemplate",
    summary: "Show a template",
    tag,
    params,
    answers: { 200: { description: "The template", body: template } },
    errors: ["template.unknown"],
  },
  {
    method: "put",
    path: "/api/templates/:id",
    operation: "replaceTemplate",
    summary: "Put another template in its place",
    tag,
    params,
    body: z.strictObject({ ...rest, name: name.optional() }),
    answers: { 200: { description: "The template", body: template } },
    errors: ["template.unknown", "template.name-taken", "upload.unknown"],
  },
  {
    method: "delete",
    path: "/api/templates/:id",
    operation: "deleteTemplate",
    summary: "Delete a template",
    tag,
    params,
    answers: { 204: { description: "It is gone" } },
    errors: ["template.unknown"],
  },
];
