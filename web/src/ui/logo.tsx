/** An atoll from above: a ring with a passage, an island in it. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" className="shrink-0">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M16 7a9 9 0 1 0 9 9" className="stroke-accent-ink" strokeWidth="3" strokeLinecap="round" />
      <circle cx="22.4" cy="9.6" r="2.6" className="fill-accent-ink" />
    </svg>
  );
}
