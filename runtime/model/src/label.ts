/** Stands at the head of every text that the rehearsal model says, so that nobody takes it for a real one. */
export const label = "[rehearsal model: offline, deterministic, not a real model]";

export const providerHeader = "x-freehold-provider";
export const providerName = "rehearsal";
