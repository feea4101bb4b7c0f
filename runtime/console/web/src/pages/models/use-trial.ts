import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { stream } from "../../api/client.ts";
import type { Trial } from "../../api/models-types.ts";
import { createReader, noAnswer, type Answer } from "./message-stream.ts";

/** Units: milliseconds since the question was sent. */
export interface TrialState {
  answer: Answer;
  provider: string | null;
  /** Whether the gateway gave it from its own cache. */
  isKept: boolean;
  firstWordMs: number | undefined;
  tookMs: number | undefined;
}

const begun: TrialState = { answer: noAnswer, provider: null, isKept: false, firstWordMs: undefined, tookMs: undefined };

/** Asks a model and holds what has come of the answer; leaving the page, or `stop`, frees the model. */
export function useTrial() {
  const [state, setState] = useState<TrialState>();
  const running = useRef<AbortController>(undefined);
  const client = useQueryClient();
  useEffect(() => () => running.current?.abort(), []);
  const asking = useMutation({
    meta: { shownInPlace: true },
    mutationFn: async (trial: Trial) => {
      const leaving = new AbortController();
      running.current = leaving;
      setState(begun);
      try {
        await follow(trial, leaving.signal, setState);
      } catch (thrown) {
        if (!leaving.signal.aborted) throw thrown;
      }
    },
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["requests"] }), client.invalidateQueries({ queryKey: ["usage"] })]),
  });
  return { state, ask: asking.mutate, stop: () => running.current?.abort(), isAsking: asking.isPending, problem: asking.error };
}

async function follow(trial: Trial, signal: AbortSignal, show: (state: TrialState) => void): Promise<void> {
  const sentAt = performance.now();
  const response = await stream("/api/models/try", trial, signal);
  let state: TrialState = { ...begun, provider: response.headers.get("x-freehold-provider"), isKept: response.headers.get("x-freehold-cache") === "hit" };
  const reader = createReader();
  const chunks = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let chunk = await chunks.read(); !chunk.done; chunk = await chunks.read()) {
      const answer = reader.read(chunk.value);
      const hasWords = answer.text !== "" || answer.thinking !== "";
      state = { ...state, answer, firstWordMs: state.firstWordMs ?? (hasWords ? performance.now() - sentAt : undefined) };
      show(state);
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw new Error("The answer broke off: the connection to the gateway was lost. Ask again.", { cause: thrown });
  }
  const { problem, isWhole } = state.answer;
  if (problem !== undefined) throw new Error(problem);
  if (!isWhole) throw new Error("The answer ended before it was whole. Ask again; under Requests stands how it ended.");
  show({ ...state, tookMs: performance.now() - sentAt });
}
