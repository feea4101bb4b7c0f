import { expect, test } from "@jest/globals";
import { channelSettings } from "./channel-settings.ts";

const said = (settings: object) => channelSettings.safeParse(settings).error?.issues.map(({ message }) => message) ?? [];

test.each([
  ["ntfy", "AAA", ["must be an http or https address"]],
  ["slack", "http:", ["must be an http or https address"]],
  ["webhook", "ftp://example.org/x", ["must be an http or https address"]],
  ["webhook", "https://anna:word@example.org/x", ["must hold no user or password"]],
  ["ntfy", "https://ntfy.sh/", ["must end in the topic"]],
  ["ntfy", "https://ntfy.sh/topic", []],
])("a channel of kind %s with the address %s is answered %j", (kind, url, messages) => {
  expect(said({ kind, url })).toEqual(messages);
});
