import { expect, test } from "@jest/globals";
import { countRequests, renderPage } from "./report.ts";

const line = (request: string) => `time=2026 level=INFO msg="127.0.0.1 - - [21/Nov/2026] \\"${request} HTTP/1.1\\" 200 27\\n"`;

test("lists and writes are class A, objects that are read are not, deleting is free, and the parts of an upload are one with it", () => {
  const log = [
    "GET /storage/v1/b/bench/o?delimiter=%2F&prefix=wal%2F",
    "GET /storage/v1/b/bench/o/wal%2Farchive.info?alt=media",
    "POST /upload/storage/v1/b/bench/o?name=a&uploadType=resumable",
    "PUT /upload/storage/v1/b/bench/o?name=a&uploadType=resumable&upload_id=7",
    "DELETE /storage/v1/b/bench/o/wal%2Flatest",
  ];
  expect(countRequests(log.map(line).join("\n"))).toEqual({ classA: 2, reads: 1 });
});

test("a month is counted from what one segment asks", () => {
  const row = { what: "20 WAL segments of one commit each", seconds: 3, classA: 40, reads: 20, note: "" };
  expect(renderPage({ date: "2026-11-21", sizeMb: 1, storedMb: 1, segments: 20, rows: [row] })).toContain("17856 writes and lists and 8928 reads");
});
