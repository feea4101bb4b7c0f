import { useId, type ReactElement, type ReactNode } from "react";
import { Prose } from "./prose.tsx";

interface FieldProps {
  label: string;
  help?: ReactNode;
  problem?: string | undefined;
  wide?: boolean;
  children: ReactElement;
}

/** A label above its control, with a word of help below it, or of what is wrong with it. */
export function Field({ label, help, problem, wide = false, children }: FieldProps) {
  return (
    <label className={wide ? "field wide" : "field"}>
      <span>{label}</span>
      {children}
      {problem !== undefined ? <small className="field-problem">{problem}</small> : help !== undefined && <small className="muted">{help}</small>}
    </label>
  );
}

interface TextProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  help?: ReactNode;
  wide?: boolean;
  type?: "text" | "number" | "url" | "password";
  min?: number;
  max?: number;
  step?: number | "any";
  startsFocused?: boolean;
  list?: readonly string[];
  maxLength?: number;
  invalid?: boolean;
  /** What is wrong with the value, in place of the help. */
  problem?: string | undefined;
  code?: boolean;
}

/** One line of text, or a number. */
export function TextField({
  label,
  value,
  onChange,
  help,
  wide = false,
  type = "text",
  list,
  invalid = false,
  problem,
  code = false,
  startsFocused = false,
  ...rest
}: TextProps) {
  const id = useId();
  return (
    <>
      <Field label={label} help={help} problem={problem} wide={wide}>
        <input
          type={type}
          value={value}
          spellCheck={false}
          autoComplete="off"
          autoFocus={startsFocused} // oxlint-disable-line jsx-a11y/no-autofocus -- for dialogs that were opened to write in
          className={code ? "code-text" : undefined}
          aria-invalid={invalid || problem !== undefined || undefined}
          {...(list !== undefined && { list: id })}
          {...rest}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
      {/* Beside the label, not in it: a screen reader would read all the choices as the field's name. */}
      {list !== undefined && (
        <datalist id={id}>
          {list.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </datalist>
      )}
    </>
  );
}

interface AreaProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  rows?: number;
  placeholder?: string;
  help?: ReactNode;
  problem?: string | undefined;
  code?: boolean;
}

export function AreaField({ label, value, onChange, rows = 4, placeholder, help, problem, code = false }: AreaProps) {
  return (
    <Field label={label} help={help} problem={problem} wide>
      <textarea
        aria-invalid={problem !== undefined || undefined}
        className={code ? "code-text" : undefined}
        rows={rows}
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  choices: readonly (readonly [Value, string])[];
  onChange: (value: Value) => void;
  help?: ReactNode;
}

export function ChoiceField<Value extends string>({ label, value, choices, onChange, help }: ChoiceProps<Value>) {
  return (
    <Field label={label} help={help}>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </Field>
  );
}

export function CheckField({ label, checked, onChange, help }: { label: string; checked: boolean; onChange: (checked: boolean) => void; help?: ReactNode }) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {label}
        {help !== undefined && <small className="muted"> {help}</small>}
      </span>
    </label>
  );
}

/** What the service said of a form, in its own words. */
export function FormProblem({ error }: { error: Error | null | undefined }) {
  if (error === null || error === undefined) return null;
  return (
    <p className="field-problem" role="alert">
      <Prose text={error.message} />
    </p>
  );
}
