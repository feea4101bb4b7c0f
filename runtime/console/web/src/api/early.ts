/** Answers that public/start.js has asked for before there was anything to show them. */
declare global {
  var early: Map<string, Promise<Response | undefined>> | undefined;
}

/** Units: milliseconds since the page began. What nobody took by then is no longer what the home would answer. */
const freshUntilMs = 10_000;

/** Gives each early answer once; undefined when there is none, it failed, or it is old. */
export async function takeEarly(path: string): Promise<Response | undefined> {
  const answer = globalThis.early?.get(path);
  globalThis.early?.delete(path);
  return performance.now() < freshUntilMs ? answer : undefined;
}

/** Whatever changes something, such as signing in, makes them old. */
export function dropEarly(): void {
  globalThis.early?.clear();
}
