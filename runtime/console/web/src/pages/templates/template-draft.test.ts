import { expect, test } from "@jest/globals";
import { draftOf, inputsFor, nameFrom, templateOf } from "./template-draft.ts";

const known = {
  name: "draft",
  title: "Draft",
  description: "",
  prompt: "Write a {{format}} about {{topic}}.",
  inputs: [
    { name: "format", label: "What", kind: "choice", required: true, choices: ["letter", "post"], default: "post" },
    { name: "topic", label: "Topic", kind: "text", required: true },
  ],
  budgetUsd: 2,
  timeoutMs: 120_000,
  files: [{ path: "a.md", text: "x" }],
  systemPrompt: null,
  createdAt: "2026-11-01T00:00:00Z",
  updatedAt: "2026-11-01T00:00:00Z",
} as const;

test("a template that wasn't changed is sent as it was, with the files that the form doesn't show", () => {
  const { createdAt: _made, updatedAt: _changed, systemPrompt: _none, ...sent } = known;
  expect(templateOf(draftOf(known as never), known as never)).toEqual(sent);
  expect(templateOf({ ...draftOf(known as never), budgetUsd: "" }, known as never)).not.toHaveProperty("budgetUsd");
});

test("the blanks of a prompt become inputs, and those nobody touched go with them", () => {
  const inputs = inputsFor("Say {{greeting}} to {{ first-name }}, {{greeting}}!", []);
  expect(inputs.map(({ name, label }) => [name, label])).toEqual([
    ["greeting", "Greeting"],
    ["first-name", "First name"],
  ]);
  const touched = inputs.map((input) => (input.name === "greeting" ? { ...input, kind: "long-text" as const } : input));
  expect(inputsFor("{{ Not one }} {{}}", touched).map(({ name }) => name)).toEqual(["greeting"]);
});

test("a name is made of the title", () => {
  expect(nameFrom(" Über uns: die 2. Fassung! ")).toBe("uber-uns-die-2-fassung");
  expect(templateOf({ ...draftOf(undefined), title: "Weekly news", prompt: "x" }, undefined)).toMatchObject({ name: "weekly-news", inputs: [] });
});
