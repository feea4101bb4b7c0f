import { renderOpenApi, type OpenApiDocument, type RouteDescription } from "@freehold/kernel/openapi";
import { errorTable } from "../errors.ts";
import { approvalDescriptions } from "./approval-descriptions.ts";
import { fileChangeDescriptions } from "./file-change-descriptions.ts";
import { fileDescriptions } from "./file-descriptions.ts";
import { jobDescriptions } from "./job-descriptions.ts";
import { jobAgainDescriptions } from "./job-again-descriptions.ts";
import { logDescriptions } from "./log-descriptions.ts";
import { noticeDescriptions } from "./notice-descriptions.ts";
import { queueDescriptions } from "./queue-descriptions.ts";
import { repositoryDescriptions } from "./repository-descriptions.ts";
import { scheduleDescriptions } from "./schedule-descriptions.ts";
import { templateDescriptions } from "./template-descriptions.ts";

/** Every route of the worker's API; a router's routes stand in the file of descriptions beside it. */
export const descriptions: readonly RouteDescription[] = [
  ...jobDescriptions,
  ...jobAgainDescriptions,
  ...queueDescriptions,
  ...logDescriptions,
  ...fileDescriptions,
  ...fileChangeDescriptions,
  ...templateDescriptions,
  ...approvalDescriptions,
  ...noticeDescriptions,
  ...repositoryDescriptions,
  ...scheduleDescriptions,
];

export const openApiDocument = (): OpenApiDocument =>
  renderOpenApi({
    title: "Worker",
    description: "Jobs, their queue, logs and files, templates, schedules, approvals, notices and repositories.",
    routes: descriptions,
    errors: errorTable,
    everywhere: ["database.away"],
  });
