import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { FrameReader, type Frame, type LogSource } from "./docker-frames.ts";
import { LogRenderer } from "./log-render.ts";
import { renderedLog } from "./log-stream.ts";

const frame = (source: LogSource, payload: string | Buffer): Frame => ({ source, payload: Buffer.from(payload) });
const wire = ({ source, payload }: Frame) => {
  const time = Buffer.from("2026-11-21T12:11:28.696502524Z ");
  const header = Buffer.alloc(8);
  header[0] = source === "stderr" ? 2 : 1;
  header.writeUInt32BE(time.length + payload.length, 4);
  return Buffer.concat([header, time, payload]);
};
const render = (frames: Frame[]) => {
  const renderer = new LogRenderer();
  return Buffer.concat([...frames.flatMap((one) => renderer.push(one)), ...renderer.end()]);
};
const stderrLine = (text: string, more = {}) => `${JSON.stringify({ type: "freehold", subtype: "stderr", text, ...more })}\n`;
const piece = (character: string) => Buffer.from(character.repeat(16_384)).subarray(0, 16_384);
const chunksOf = async function* (bytes: Buffer, cuts: number[]) {
  let start = 0;
  for (const cut of [...new Set(cuts.map((one) => one % (bytes.length + 1)))].toSorted((left, right) => left - right)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
  yield bytes.subarray(start);
};
const sourceOf = (bytes: Buffer, { cuts = [] as number[], followed = bytes.length, ended = true } = {}) => ({
  open: async (follow: boolean) => chunksOf(follow ? bytes.subarray(0, followed) : bytes, cuts),
  ended: async () => ended,
});
const collect = async (pieces: AsyncIterable<Buffer>) => {
  const all: Buffer[] = [];
  for await (const one of pieces) all.push(one);
  return Buffer.concat(all);
};

test("stdout passes byte for byte and a line of stderr becomes a JSON line", () => {
  expect(render([frame("stdout", '{"a":1}\n'), frame("stderr", 'warning: "x"\n'), frame("stdout", "ü\n")]).toString()).toBe(
    `{"a":1}\n${stderrLine('warning: "x"')}ü\n`,
  );
});

test("stderr that falls into a long line of stdout waits for the end of that line", () => {
  const long = piece("a");
  expect(render([frame("stdout", long), frame("stderr", "in between\n"), frame("stdout", "end\n")]).toString()).toBe(
    `${long.toString()}end\n${stderrLine("in between")}`,
  );
});

test("a line longer than 16 KB keeps a character that Docker cut in two", () => {
  const line = Buffer.from(`x${"ü".repeat(10_000)}\n`);
  expect(render([frame("stdout", line.subarray(0, 16_384)), frame("stdout", line.subarray(16_384))])).toEqual(line);
});

test("the last piece of a long line ends it also where the engine forgets its newline", () => {
  const long = piece("a");
  expect(render([frame("stdout", long), frame("stdout", "end"), frame("stdout", "next\n")]).toString()).toBe(`${long.toString()}end\nnext\n`);
  expect(render([frame("stdout", long), frame("stdout", ""), frame("stdout", "next\n")]).toString()).toBe(`${long.toString()}\nnext\n`);
});

test("lines that no newline closes are closed at the end, on both streams", () => {
  expect(render([frame("stdout", piece("a")), frame("stderr", piece("b"))]).toString()).toBe(`${"a".repeat(16_384)}\n${stderrLine("b".repeat(16_384))}`);
});

test("an endless line of stderr is cut at 64 KB without breaking a character", () => {
  const text = `x${"ü".repeat(40_000)}`;
  const bytes = Buffer.from(`${text}\n`);
  const frames = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, index) => frame("stderr", bytes.subarray(index * 16_384, (index + 1) * 16_384)));
  expect(render(frames).toString()).toBe(stderrLine(text.slice(0, 1 + 32_767), { truncated: true }));
});

test("stderr that floods an unfinished line of stdout is counted instead of kept", () => {
  const flood = Array.from({ length: 2_000 }, () => frame("stderr", `${"e".repeat(1_000)}\n`));
  const lines = render([frame("stdout", piece("a")), ...flood, frame("stdout", "\n")])
    .toString()
    .split("\n");
  const kept = lines.filter((line) => line.includes('"subtype":"stderr"')).length;
  expect(JSON.parse(lines.at(-2) ?? "")).toEqual({ type: "freehold", subtype: "stderr-dropped", lines: 2_000 - kept });
  expect(kept).toBeGreaterThan(900);
});

test("the rendering depends on the frames alone, however the network cuts them and wherever a reader starts", async () => {
  const payload = fc.oneof(
    fc.string({ unit: "grapheme" }).map((text) => `${text.replaceAll("\n", "")}\n`),
    fc.constant("x".repeat(16_384)),
    fc.constant(""),
  );
  const frames = fc.array(fc.tuple(fc.constantFrom<LogSource>("stdout", "stderr"), payload));
  await fc.assert(
    fc.asyncProperty(frames, fc.array(fc.nat()), fc.nat(), async (drawn, cuts, start) => {
      const all = drawn.map(([source, text]) => frame(source, text));
      const expected = render(all);
      const offset = start % (expected.length + 1);
      const bytes = await collect(renderedLog(sourceOf(Buffer.concat(all.map(wire)), { cuts }), offset));
      expect(bytes.equals(expected.subarray(offset))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a stream that ends while the container runs on is an error, not the end of the log", async () => {
  const bytes = wire(frame("stdout", "half"));
  await expect(collect(renderedLog(sourceOf(bytes, { ended: false }), 0))).rejects.toThrow("runs on");
});

test("what the engine left out when it stopped following comes from the ended log", async () => {
  const bytes = Buffer.concat(["one\n", "two\n", "last"].map((text) => wire(frame("stdout", text))));
  for (let followed = 0; followed <= bytes.length; followed++)
    expect((await collect(renderedLog(sourceOf(bytes, { followed }), 2))).toString()).toBe("e\ntwo\nlast\n");
});

test("frames are read whole from pieces of one byte each", () => {
  const reader = new FrameReader();
  const bytes = Buffer.concat([wire(frame("stdout", "one\n")), wire(frame("stderr", "two\n"))]);
  const read = [...bytes].flatMap((_, index) => reader.push(bytes.subarray(index, index + 1)));
  expect(read.map(({ source, payload }) => [source, payload.toString()])).toEqual([
    ["stdout", "one\n"],
    ["stderr", "two\n"],
  ]);
});
