import { useEffect, useState, type FormEvent } from "react";
import { useSignIn } from "../api/queries.ts";
import { Prose } from "../parts/prose.tsx";
import { Command } from "../parts/command.tsx";
import { Logo } from "../shell/logo.tsx";

export function SignInPage() {
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  useEffect(() => {
    document.title = "Sign in · Freehold";
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password !== "") signIn.mutate(password, { onError: () => document.getElementById("password")?.focus() });
  };
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <Logo />
        <h1>Welcome home</h1>
        <p className="muted">Sign in with the owner's password.</p>
        <form onSubmit={submit}>
          <input type="text" name="username" autoComplete="username" defaultValue="owner" hidden readOnly />
          <label htmlFor="password">Password</label>
          <input
            id="password"
            type="password"
            autoComplete="current-password"
            autoFocus // oxlint-disable-line jsx-a11y/no-autofocus -- the page has this one field
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            aria-invalid={signIn.isError}
            aria-describedby={signIn.isError ? "sign-in-problem" : undefined}
          />
          {signIn.isError && (
            <p className="field-problem" id="sign-in-problem" role="alert">
              <Prose text={signIn.error.message} />
            </p>
          )}
          <button type="submit" className="button primary" disabled={password === "" || signIn.isPending}>
            {signIn.isPending ? "Signing in…" : "Sign in"}
          </button>
        </form>
        <section className="sign-in-help" aria-label="Where the password is">
          <p className="muted">Your home made a password when it first started. In the project's folder, this shows it:</p>
          <Command text="npx freehold password" />
        </section>
      </div>
    </main>
  );
}
