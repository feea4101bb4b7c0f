import { calling, saying, textsOf } from "../../runtime/bridge/src/testing/gemini-answers.ts";
import type { Script } from "../../runtime/bridge/src/testing/gemini-simulator.ts";
import { invalidArgument } from "../../runtime/bridge/src/testing/google-refusal.ts";

const wishForCall = /\[\[call:(\w+) (\{.*?\})\]\]/g;

/** Plays a model to which the prompt says what to do: `[[call:Name {"json":1}]]` (several: at once), `[[error:400]]`, `[[hang]]`; a tool's result ends the turn. */
export const obeying: Script = async function* (call) {
  const { contents } = call.request;
  const words = contents.flatMap(({ role, parts }) => (role === "user" ? textsOf(parts) : [])).join("\n");
  const last = words.split("\n").at(-1) ?? "";
  if (words.includes("[[error:400]]")) throw invalidArgument("The prompt asks for a refusal.");
  if (last.includes("[[hang]]")) await new Promise((resolve) => call.signal.addEventListener("abort", resolve, { once: true }));
  const answered = contents.at(-1)?.parts.some(({ functionResponse }) => functionResponse !== undefined) === true;
  const wanted = [...words.matchAll(wishForCall)].map(([, name = "", args = "{}"], index) => ({ name, args: JSON.parse(args), id: `call${index + 1}` }));
  if (wanted.length > 0 && !answered) yield* calling(wanted)(call);
  else yield* saying("[simulated Gemini] ", answered ? "The tool answered." : last.slice(0, 200))(call);
};
