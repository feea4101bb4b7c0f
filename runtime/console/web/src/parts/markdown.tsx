import { memo, startTransition, useEffect, useMemo, useState } from "react";
import type { ImageAddress } from "./markdown-engine.ts";

type Engine = typeof import("./markdown-engine.ts");

let engine: Engine | undefined;
let loading: Promise<Engine> | undefined;

/** Begins to load the engine, which isn't part of the first load. */
export const loadMarkdown = (): Promise<Engine> => (loading ??= import("./markdown-engine.ts").then((loaded) => (engine = loaded)));

/** Text as a person would set it; plain until the engine has come. */
export const Markdown = memo(function Markdown({ text, images }: { text: string; images?: ImageAddress }) {
  const [ready, setReady] = useState(engine !== undefined);
  useEffect(() => {
    if (!ready) void loadMarkdown().then(() => startTransition(() => setReady(true)));
  }, [ready]);
  const html = useMemo(() => (ready ? engine!.renderMarkdown(text, images) : undefined), [ready, text, images]);
  if (html === undefined) return <div className="markdown plain">{text}</div>;
  // oxlint-disable-next-line react/no-danger -- sanitised by the engine, and the page's policy runs no inline scripts
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />;
});
