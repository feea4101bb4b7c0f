export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M7 15.2 16 7.5l9 7.7V24a1 1 0 0 1-1 1h-5.2v-4.4a2.8 2.8 0 0 0-5.6 0V25H8a1 1 0 0 1-1-1z" />
    </svg>
  );
}
