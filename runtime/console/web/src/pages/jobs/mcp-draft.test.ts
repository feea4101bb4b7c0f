import { expect, test } from "@jest/globals";
import { draftOfServers, noServer, serverProblems, serversOf, withoutValues, type ServerDraft } from "./mcp-draft.ts";

const program: ServerDraft = { ...noServer, name: "tickets", command: "npx -y 'my server'", environment: "TOKEN=a=b\nREGION=eu" };
const remote: ServerDraft = { ...noServer, name: "wiki", kind: "http", url: "https://wiki.example/mcp", headers: "Authorization: Bearer x:y" };

test("of each server what its kind has is sent, and reads back into the same rows", () => {
  const sent = serversOf([program, remote]);
  expect(sent).toEqual({
    tickets: { command: "npx", args: ["-y", "my server"], env: { TOKEN: "a=b", REGION: "eu" } },
    wiki: { type: "http", url: "https://wiki.example/mcp", headers: { Authorization: "Bearer x:y" } },
  });
  expect(draftOfServers(sent!)).toEqual([program, remote]);
  expect(serversOf([{ ...noServer, name: "plain", command: "serve", url: "https://unsent.example" }])).toEqual({ plain: { command: "serve" } });
  expect(serversOf([])).toBeUndefined();
});

test("what is right has no problems, nor has what a template's blanks stand in", () => {
  expect(serverProblems(program, [])).toEqual({});
  expect(serverProblems(remote, [program])).toEqual({});
  expect(serverProblems({ ...remote, url: "{{address}}" }, [])).toEqual({});
});

test.each<[string, Partial<ServerDraft>, keyof ServerDraft]>([
  ["no name", { name: " " }, "name"],
  ["a name that begins with a digit", { name: "1st" }, "name"],
  ["the home's own name", { name: "freehold" }, "name"],
  ["a name that is taken", { name: "wiki" }, "name"],
  ["no program", { command: "  " }, "command"],
  ["a variable without a sign", { environment: "TOKEN" }, "environment"],
  ["a variable's name with a blank", { environment: "MY TOKEN=x" }, "environment"],
  ["a variable without a value", { environment: "A=1\nTOKEN=" }, "environment"],
  ["an address of another scheme", { kind: "sse", url: "file:///etc/passwd" }, "url"],
  ["no address", { kind: "http", url: "" }, "url"],
  ["a header's name with a blank", { kind: "http", url: "https://x.example", headers: "My header: x" }, "headers"],
])("%s is told at its field", (_name, part, field) => {
  expect(Object.keys(serverProblems({ ...program, ...part }, [remote]))).toEqual([field]);
});

test("what is kept in the browser has no values of variables and headers, and can't be sent as it is", () => {
  expect(JSON.stringify([program, remote].map(withoutValues))).not.toMatch(/a=b|eu|Bearer/);
  expect(serverProblems(withoutValues(program), []).environment).toMatch(/^TOKEN has no value/);
  expect(serverProblems(withoutValues(remote), []).headers).toMatch(/^Authorization has no value/);
});
