import { useEffect, useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { useAccept, useLook } from "../api/account-queries.ts";
import { queryClient } from "../api/queries.ts";
import { ProblemNotice } from "../parts/problem-notice.tsx";
import { Logo } from "../shell/logo.tsx";
import { FieldProblem } from "./settings/field-problem.tsx";
import { roleWords } from "./settings/role-words.ts";

/** Where a link leads: its bearer sets a password, and is in. */
export function InvitationPage() {
  const [token] = useState(() => location.hash.slice(1));
  const look = useLook(token);
  useEffect(() => {
    document.title = "Welcome · Freehold";
    // The token is kept by this page alone: neither the history nor a shared screen needs it.
    history.replaceState(null, "", location.pathname);
  }, []);
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <Logo />
        {look.data === undefined && <h1>Your invitation</h1>}
        {look.isError && <ProblemNotice error={look.error} title="This link does not open the door" />}
        {look.isPending && <p className="muted">Looking at your link…</p>}
        {look.data !== undefined && (
          <>
            <h1>Welcome, {look.data.name}</h1>
            <p className="muted">
              {look.data.kind === "member" ? `You are invited. ${roleWords[look.data.role]}` : "Set another password; your other sessions end."}
            </p>
            <SetPassword token={token} name={look.data.name} />
          </>
        )}
      </div>
    </main>
  );
}

function SetPassword({ token, name }: { token: string; name: string }) {
  const [, navigate] = useLocation();
  const accept = useAccept();
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    accept.mutate(
      { token, password },
      {
        onSuccess: () => {
          // Whoever was signed in here before is so no longer: nothing of theirs may stay.
          queryClient.clear();
          navigate("/", { replace: true });
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <input type="text" name="username" autoComplete="username" value={name} hidden readOnly />
      <label htmlFor="new-password">Your password, ten characters or more</label>
      <input
        id="new-password"
        type="password"
        autoComplete="new-password"
        required
        minLength={10}
        maxLength={1_000}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        aria-invalid={accept.isError}
      />
      <FieldProblem error={accept.error} />
      <button type="submit" className="button primary" disabled={accept.isPending}>
        {accept.isPending ? "One moment…" : "Come in"}
      </button>
    </form>
  );
}
